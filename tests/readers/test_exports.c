#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "readers/input.h"
#include "tests/readers/folder.h"

static void files_are_listed_by_input_and_name_and_strays_named(void **state)
{
    static const char *const names[] = {
        "orders.csv",          "orders-10.csv", "orders-2.csv.gz", "orders-b.csv",
        "orders.csv.gz",       "usage-a-b.csv", "tickets.csv",     "billing.csv",
        "billing-1.csv.gz",    ".hidden",       "Orders.csv",      "orders.CSV",
        "orders_2.csv",        "orders.txt",    "orders",          "orderscsv",
        "refund_requests.csv",
    };
    static const char *const orders[] = {"orders-10.csv", "orders-2.csv.gz", "orders-b.csv",
                                         "orders.csv", "orders.csv.gz"};
    static const char *const strays[] = {"Orders.csv", "orders",       "orders.CSV",
                                         "orders.txt", "orders_2.csv", "orderscsv"};
    struct folder folder;
    struct exports exports;
    struct error err = {0};
    char path[FOLDER_PATH_MAX];

    (void)state;
    folder_make(&folder);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        folder_write(&folder, names[i], "", 0);
    folder_file(&folder, "sub-folder", path);
    assert_int_equal(mkdir(path, 0700), 0);
    folder_file(&folder, "claims.csv", path);
    assert_int_equal(mkdir(path, 0700), 0);

    assert_int_equal(exports_list(&exports, folder.path, &err), 0);
    assert_int_equal(exports.count[INPUT_ORDERS], 5);
    for (size_t i = 0; i < 5; i++) {
        const struct input_file *file = &exports.files[exports.first[INPUT_ORDERS] + i];

        assert_string_equal(file->name, orders[i]);
        assert_int_equal(file->input, INPUT_ORDERS);
        assert_int_equal(file->number, exports.first[INPUT_ORDERS] + i);
        folder_file(&folder, orders[i], path);
        assert_string_equal(file->path, path);
    }
    assert_int_equal(exports.count[INPUT_USAGE], 1);
    assert_int_equal(exports.count[INPUT_TICKETS], 1);
    assert_int_equal(exports.count[INPUT_REFUND_REQUESTS], 1);
    assert_int_equal(exports.count[INPUT_CLAIMS], 1); /* to be refused when it is read */
    assert_int_equal(exports.count[INPUT_ACCOUNTS], 0);
    assert_int_equal(exports.file_count, 9);
    assert_int_equal(exports.stray_count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(exports.strays[i], strays[i]);
    exports_release(&exports);
    folder_remove(&folder);
}

static void a_folder_that_can_not_be_read_is_refused(void **state)
{
    struct exports exports;
    struct error err = {0};

    (void)state;
    assert_int_equal(exports_list(&exports, "/nonexistent", &err), -1);
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_string_equal(err.detail, "/nonexistent: can't be opened: No such file or directory");
    exports_release(&exports);
}

static void an_empty_folder_has_no_files(void **state)
{
    struct folder folder;
    struct exports exports;
    struct error err = {0};

    (void)state;
    folder_make(&folder);
    assert_int_equal(exports_list(&exports, folder.path, &err), 0);
    assert_int_equal(exports.file_count, 0);
    assert_int_equal(exports.stray_count, 0);
    exports_release(&exports);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_listed_by_input_and_name_and_strays_named),
        cmocka_unit_test(a_folder_that_can_not_be_read_is_refused),
        cmocka_unit_test(an_empty_folder_has_no_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
