/*
 * A folder with a carry-forward for tests: state files as text, in and out.
 */
#ifndef TESTS_BATCH_CARRIED_FOLDER_H
#define TESTS_BATCH_CARRIED_FOLDER_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "batch/history.h"

struct carried_folder {
    char path[64]; /* of the period's folder */
    char carried_path[96];
    int fd;
    int carried_fd;
};

static inline void carried_folder_open(struct carried_folder *folder)
{
    (void)snprintf(folder->path, sizeof(folder->path), "/tmp/test_carried_XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    (void)snprintf(folder->carried_path, sizeof(folder->carried_path), "%s/carry-forward",
                   folder->path);
    assert_int_equal(mkdir(folder->carried_path, 0755), 0);
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    folder->carried_fd = open(folder->carried_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder->fd >= 0 && folder->carried_fd >= 0);
}

static inline const char *const *carried_folder_files(void)
{
    static const char *const files[] = {"claims.csv",
                                        "compensated-orders.tsv.gz",
                                        "compensated-seconds.tsv.gz",
                                        "decided-claims.tsv.gz",
                                        "decided-filings.tsv.gz",
                                        "decided-refund_requests.tsv.gz",
                                        "filings.csv",
                                        "full-refunds.tsv.gz",
                                        "incidents.csv",
                                        "refund_requests.csv",
                                        "refunded-orders.tsv.gz",
                                        "rewarded-accounts.tsv.gz",
                                        NULL};

    return files;
}

static inline void carried_folder_close(struct carried_folder *folder)
{
    for (const char *const *file = carried_folder_files(); *file != NULL; file++)
        (void)unlinkat(folder->carried_fd, *file, 0);
    close(folder->carried_fd);
    close(folder->fd);
    assert_int_equal(rmdir(folder->carried_path), 0);
    assert_int_equal(rmdir(folder->path), 0);
}

static inline struct history carried_folder_history(const struct carried_folder *folder)
{
    return (struct history){folder->carried_fd, folder->carried_path};
}

/* Stores a file of the carry-forward: gzip'ed if its name says so. */
static inline void carried_folder_put(const struct carried_folder *folder, const char *name,
                                      const char *text)
{
    const bool gzip = strstr(name, ".gz") != NULL;
    int fd = openat(folder->carried_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    gzFile file = gzdopen(fd, gzip ? "wb" : "wbT");

    assert_non_null(file);
    if (text[0] != '\0')
        assert_true(gzwrite(file, text, (unsigned)strlen(text)) > 0);
    assert_int_equal(gzclose(file), Z_OK);
}

/* A carry-forward in which nothing is carried. */
static inline void carried_folder_put_empty(const struct carried_folder *folder)
{
    carried_folder_put(folder, "refund_requests.csv",
                       "request_id,account_id,order_id,requested_at\n");
    carried_folder_put(folder, "claims.csv",
                       "claim_id,account_id,incident_id,resource_id,submitted_at\n");
    carried_folder_put(folder, "filings.csv",
                       "filing_id,account_id,order_id,first_filing,for_website,started_at,"
                       "submitted_at,approved_at\n");
    carried_folder_put(folder, "incidents.csv",
                       "incident_id,scenario,cause,service,region,resource_id,started_at,"
                       "rectified_at,sla_covered,title\n");
    carried_folder_put(folder, "decided-refund_requests.tsv.gz", "request_id\tperiod\n");
    carried_folder_put(folder, "decided-claims.tsv.gz", "claim_id\tperiod\n");
    carried_folder_put(folder, "decided-filings.tsv.gz", "filing_id\tperiod\n");
    carried_folder_put(folder, "refunded-orders.tsv.gz", "order_id\trequested_at\n");
    carried_folder_put(folder, "full-refunds.tsv.gz", "account_id\tyear\tcount\n");
    carried_folder_put(folder, "compensated-seconds.tsv.gz", "account_id\tresource_id\tfrom\tto\n");
    carried_folder_put(folder, "compensated-orders.tsv.gz", "order_id\tcurrency\tamount\n");
    carried_folder_put(folder, "rewarded-accounts.tsv.gz", "account_id\tperiod\n");
}

/* Whether the file holds just this text, when inflated. */
static inline void carried_folder_expect(const struct carried_folder *folder, const char *name,
                                         const char *expected)
{
    static char text[64 * 1024];
    int fd = openat(folder->carried_fd, name, O_RDONLY | O_CLOEXEC);
    gzFile file = NULL;
    int size = 0;

    assert_true(fd >= 0);
    file = gzdopen(fd, "rb");
    assert_non_null(file);
    size = gzread(file, text, sizeof(text) - 1);
    assert_true(size >= 0);
    text[size] = '\0';
    assert_int_equal(gzclose(file), Z_OK);
    assert_string_equal(text, expected);
}

#endif
