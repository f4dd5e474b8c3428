/*
 * Owns the order of what is told, in either format.
 */
#include "writers/explain.h"

#include <errno.h>
#include <jansson.h>

void explain_writer_open(struct explain_writer *writer, FILE *out, enum explain_format format)
{
    *writer = (struct explain_writer){.out = out, .format = format};
    if (format == EXPLAIN_JSON)
        fputs("{\"decisions\": [", out);
}

int explain_writer_decision(struct explain_writer *writer, const struct told_decision *decision,
                            struct error *err)
{
    const bool first = writer->decisions++ == 0;

    if (writer->format == EXPLAIN_JSON) {
        fputs(first ? "\n" : ",\n", writer->out);
        return explain_json_decision(writer->out, decision, err);
    }
    if (!first)
        fputc('\n', writer->out);
    explain_text_decision(writer->out, decision);
    return 0;
}

int explain_writer_unknown(struct explain_writer *writer, const char *id, struct error *err)
{
    json_t *text = NULL;
    int status = 0;

    if (writer->format != EXPLAIN_JSON)
        return 0;
    fputs(writer->unknown++ == 0 ? "\n], \"unknown\": [\n" : ",\n", writer->out);
    text = json_string(id);
    if (text == NULL)
        text = json_string("(not UTF-8)");
    if (text == NULL || json_dumpf(text, writer->out, JSON_ENCODE_ANY) != 0)
        status = error_set(err, ERROR_IO, "cannot write the explanation");
    json_decref(text);
    return status;
}

int explain_writer_close(struct explain_writer *writer, struct error *err)
{
    if (writer->format == EXPLAIN_JSON)
        fputs(writer->unknown == 0 ? "\n], \"unknown\": []}\n" : "\n]}\n", writer->out);
    if (fflush(writer->out) != 0 || ferror(writer->out))
        return error_set_errno(err, errno == 0 ? EIO : errno, "cannot write the explanation");
    return 0;
}
