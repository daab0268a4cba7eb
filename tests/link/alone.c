/* A program that does nothing: that it links is the test.
 *
 * Must not know any library; CMakeLists.txt beside it says which one is pulled in whole, and with what.
 */
int main(void)
{
    return 0;
}
