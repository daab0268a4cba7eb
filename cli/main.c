/* The program tamga.
 *
 * Knows nothing: everything is in tg_cli_main. Described in docs/cli.md.
 */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return tg_cli_main(argc, argv, stdout, stderr);
}
