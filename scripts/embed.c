/*
 * Writes a file as the source of a C array: embed SYMBOL HEADER FILE > source.c
 * The source defines SYMBOL_text and SYMBOL_size, which HEADER declares.
 */
#include <stdio.h>

int main(int argc, char **argv)
{
    FILE *file;
    size_t size = 0;
    int byte;

    if (argc != 4) {
        fprintf(stderr, "usage: embed SYMBOL HEADER FILE\n");
        return 2;
    }
    file = fopen(argv[3], "rb");
    if (file == NULL) {
        perror(argv[3]);
        return 1;
    }
    printf("#include \"%s\"\n\nconst char %s_text[] = {", argv[2], argv[1]);
    while ((byte = getc(file)) != EOF)
        printf("%s%d,", size++ % 20 == 0 ? "\n    " : " ", byte < 128 ? byte : byte - 256);
    printf("\n};\n\nconst size_t %s_size = %zu;\n", argv[1], size);
    if (ferror(file) || fflush(stdout) != 0 || ferror(stdout)) {
        perror("embed");
        return 1;
    }
    return fclose(file) == 0 ? 0 : 1;
}
