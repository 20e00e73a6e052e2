/* SPDX-License-Identifier: BSD-3-Clause */
/* host/report/treemap: areas as the values, all inside, none over another, near to squares. */
#include "treemap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT 40
#define SMALL 1e-6

static double distance(double a, double b)
{
    return a > b ? a - b : b - a;
}

static double overlap(double a, double a_length, double b, double b_length)
{
    double from = a > b ? a : b;
    double to = a + a_length < b + b_length ? a + a_length : b + b_length;

    return to > from ? to - from : 0;
}

static void check(const uint64_t *values, size_t count, struct treemap_area whole)
{
    struct treemap_area areas[COUNT];
    double sum = 0;

    treemap_lay(values, count, whole, areas);
    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i];
    }
    for (size_t i = 0; i < count; i++) {
        double wanted = (double)values[i] / sum * whole.width * whole.height;

        assert_true(distance(areas[i].width * areas[i].height, wanted) < SMALL * wanted + SMALL);
        assert_true(areas[i].x >= whole.x - SMALL && areas[i].y >= whole.y - SMALL);
        assert_true(areas[i].x + areas[i].width <= whole.x + whole.width + SMALL);
        assert_true(areas[i].y + areas[i].height <= whole.y + whole.height + SMALL);
        for (size_t j = 0; j < i; j++) {
            double wide = overlap(areas[i].x, areas[i].width, areas[j].x, areas[j].width);
            double high = overlap(areas[i].y, areas[i].height, areas[j].y, areas[j].height);

            assert_true(wide * high < SMALL);
        }
    }
}

static void test_areas(void **state)
{
    uint64_t values[COUNT];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = 10 + (COUNT - i) * (COUNT - i);
    }
    for (size_t count = 1; count <= COUNT; count++) {
        check(values, count, (struct treemap_area){10, 20, 1000, 520});
        check(values, count, (struct treemap_area){0, 0, 30, 900});
    }
}

/* The example of the paper, figures 2 to 4: 6 by 4, values 6 6 4 3 2 2 1. */
static void test_papers_example(void **state)
{
    static const uint64_t values[] = {6, 6, 4, 3, 2, 2, 1};
    struct treemap_area areas[7];

    (void)state;
    treemap_lay(values, 7, (struct treemap_area){0, 0, 6, 4}, areas);
    /* Two of 3 by 2 on the left, then 4 and 3 in a row of the rest. */
    assert_true(distance(areas[0].width, 3) < SMALL && distance(areas[0].height, 2) < SMALL);
    assert_true(distance(areas[1].width, 3) < SMALL && distance(areas[1].y, 2) < SMALL);
    assert_true(distance(areas[2].x, 3) < SMALL && distance(areas[2].width, 12.0 / 7) < SMALL);
    assert_true(distance(areas[3].width, 9.0 / 7) < SMALL &&
                distance(areas[3].height, 7.0 / 3) < SMALL);
    check(values, 7, (struct treemap_area){0, 0, 6, 4});
}

static void test_nothing(void **state)
{
    (void)state;
    treemap_lay(NULL, 0, (struct treemap_area){0, 0, 1, 1}, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_papers_example),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
