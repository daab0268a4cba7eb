/* The program tamga.
 *
 * Knows nothing: everything is in tg_cli_main. Described in docs/cli.md.
 */
#include <signal.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
    /* Who reads our output may leave; then there is nothing more to say, whatever our parent has set. */
    (void)signal(SIGPIPE, SIG_DFL);
    return tg_cli_main(argc, argv, stdout, stderr);
}
