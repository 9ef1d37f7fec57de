/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 against the examples of FIPS 180-2, and those of NIST's secure hashing page. */
#include "base/must.h"
#include "raftctl/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct example {
    const char *text, *digest;
} examples[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnop"
     "qrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

static void as_the_standard_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
        struct sha256 s;
        char digest[SHA256_TEXT];
        sha256_init(&s);
        sha256_put(&s, span_str(examples[i].text));
        sha256_end(&s, digest);
        assert_string_equal(digest, examples[i].digest);
    }
}

/* A million times "a", in pieces of all lengths: wherever a block begins. */
static void in_pieces(void **state)
{
    char a[200];
    char digest[SHA256_TEXT];
    struct sha256 s;
    (void)state;
    memset(a, 'a', sizeof(a));
    sha256_init(&s);
    for (size_t left = 1000000, len = 0; left > 0; len = (len + 1) % sizeof(a)) {
        size_t n = len < left ? len : left;
        sha256_put(&s, span_of(a, n));
        left -= n;
    }
    sha256_end(&s, digest);
    assert_string_equal(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Every place the end can have in its last block gives another padding: the digest of the digests,
 * by Python's hashlib. */
static void of_every_length(void **state)
{
    char a[2 * SHA256_BLOCK], digest[SHA256_TEXT];
    struct sha256 s, all;
    (void)state;
    memset(a, 'b', sizeof(a));
    sha256_init(&all);
    for (size_t len = 0; len <= sizeof(a); len++) {
        sha256_init(&s);
        sha256_put(&s, span_of(a, len));
        sha256_end(&s, digest);
        sha256_put(&all, span_str(digest));
    }
    sha256_end(&all, digest);
    assert_string_equal(digest, "d84dee7ae62815d7b6edb555cfed20ce3d69c397c3f0495c6a55584396eaffe4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_standard_says),
        cmocka_unit_test(in_pieces),
        cmocka_unit_test(of_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
