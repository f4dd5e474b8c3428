/*
 * Owns the names of billing kinds and references, the order of lines, and the ids of open items.
 */
#include "policy/billing.h"

#include <stdio.h>

#include "policy/hash.h"

ENUMERATION(billing_kind, BILLING_KINDS);
ENUMERATION(reference_kind, REFERENCE_KINDS);

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_references(const struct billing_line *a, const struct billing_line *b)
{
    for (int i = 0; i < a->reference_count && i < b->reference_count; i++) {
        int order = compare_numbers(a->references[i].kind, b->references[i].kind);

        if (order == 0)
            order = span_compare(a->references[i].text, b->references[i].text);
        if (order != 0)
            return order;
    }
    return compare_numbers(a->reference_count, b->reference_count);
}

static int compare_texts(const struct billing_line *a, const struct billing_line *b)
{
    const struct span *const left[] = {&a->resource_id, &a->invoice_id, &a->sub_account_id,
                                       &a->service,     &a->category,   &a->description};
    const struct span *const right[] = {&b->resource_id, &b->invoice_id, &b->sub_account_id,
                                        &b->service,     &b->category,   &b->description};

    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
        int order = span_compare(*left[i], *right[i]);

        if (order != 0)
            return order;
    }
    return 0;
}

int billing_line_compare(const struct billing_line *a, const struct billing_line *b)
{
    int order = span_compare(a->account_id, b->account_id);

    if (order == 0)
        order = compare_numbers(a->currency, b->currency);
    if (order == 0)
        order = compare_numbers(a->period, b->period);
    if (order == 0)
        order = compare_numbers(a->charged_at, b->charged_at);
    if (order == 0)
        order = compare_references(a, b);
    if (order == 0)
        order = compare_texts(a, b);
    if (order == 0 && a->billed.atoms != b->billed.atoms)
        order = a->billed.atoms < b->billed.atoms ? -1 : 1;
    return order == 0 ? compare_numbers(a->kind, b->kind) : order;
}

void owed_set_id(struct owed *owed)
{
    (void)snprintf(owed->item_id, sizeof(owed->item_id), "E-%016llx",
                   (unsigned long long)hash_span(0, owed->entry));
}

void billing_line_set_id(struct billing_line *line, unsigned ordinal)
{
    const struct span *const texts[] = {
        &line->account_id, &line->sub_account_id, &line->resource_id, &line->service,
        &line->category,   &line->invoice_id,     &line->description};
    const int64_t numbers[] = {line->kind, line->currency, line->period, line->charged_at};
    uint64_t hash = 0;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        hash = hash_span(hash, *texts[i]);
    for (int i = 0; i < line->reference_count; i++)
        hash =
            hash_span(hash_mix(hash, (uint64_t)line->references[i].kind), line->references[i].text);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        hash = hash_mix(hash, (uint64_t)numbers[i]);
    hash = hash_mix(hash_mix(hash, (uint64_t)line->billed.atoms),
                    (uint64_t)(line->billed.atoms >> 64));
    if (ordinal > 1)
        (void)snprintf(line->id, sizeof(line->id), "B-%016llx-%u", (unsigned long long)hash,
                       ordinal % 1000000U);
    else
        (void)snprintf(line->id, sizeof(line->id), "B-%016llx", (unsigned long long)hash);
}
