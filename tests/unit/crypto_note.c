/* Signed notes, checkpoints and cosignatures: ours, a real log's, and those that must be refused. */
#include <stdio.h>

#include "base/file.h"
#include "crypto/checkpoint.h"
#include "federation.h"

static struct federation all;
static void start(void)
{
    federation_init(&all);
}
static void stop(void)
{
    federation_release(&all);
}
TestSuite(crypto_note, .init = start, .fini = stop);

static void key_of(const char *vkey, struct tg_note_key *ret_key)
{
    char again[TG_VKEY_BYTES];
    cr_assert_eq(tg_note_key_parse(tg_view_str(vkey), ret_key), TG_OK, "%s", vkey);
    tg_note_key_format(ret_key, again);
    cr_assert_str_eq(again, vkey);
}

/* Entries of a tlog-tiles bundle: u16 length and data each. */
static size_t bundle_leaves(const char *path, struct tg_hash *leaves)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    size_t count = 0;
    cr_assert_eq(tg_file_read(path, 65536, &bytes, NULL), TG_OK, "vector file '%s' is missing", path);
    for (size_t at = 0; at < bytes.bytes; count++) {
        const size_t length = tg_be16_get(bytes.data + at);
        tg_merkle_leaf_hash(tg_view_of(bytes.data + at + 2, length), &leaves[count]);
        at += 2 + length;
    }
    return count;
}

Test(crypto_note, a_real_tiled_log_verifies_at_every_size)
{
    static const char vkey[] =
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    static const char folder[] = TG_TEST_DATA "/tlog-tiles/testdata/log";
    struct tg_note_key key;
    struct tg_hash leaves[16];
    char path[512];
    key_of(vkey, &key);
    snprintf(path, sizeof path, "%s/tile/entries/000.p/15", folder);
    cr_assert_eq(bundle_leaves(path, leaves), 15);
    for (size_t size = 0; size <= 15; size++) {
        TG_AUTO(tg_buf) struct tg_buf note = {0};
        struct tg_checkpoint checkpoint;
        struct tg_hash root;
        snprintf(path, sizeof path, "%s/checkpoint.%zu", folder, size);
        cr_assert_eq(tg_file_read(path, 65536, &note, NULL), TG_OK, "vector file '%s' is missing", path);
        assert_err(tg_checkpoint_open(tg_buf_view(&note), &key, NULL, 0, &checkpoint, NULL, NULL), TG_OK);
        cr_assert_eq(checkpoint.size, size);
        tg_merkle_root_of(leaves, size, &root);
        cr_assert(tg_hash_equal(&root, &checkpoint.root));
        note.data[note.bytes / 2] ^= 1;
        cr_assert_neq(tg_checkpoint_open(tg_buf_view(&note), &key, NULL, 0, &checkpoint, NULL, NULL), TG_OK);
    }
}

Test(crypto_note, our_checkpoints_are_made_and_read_byte_for_byte)
{
    json_t *json = vectors_load("tamga/formats.json"), *one;
    json_t *log = member(json, "log");
    struct tg_note_key log_key, witnesses[2];
    size_t i;
    key_of(text_of(log, "log_vkey"), &log_key);
    for (i = 0; i < 2; i++)
        key_of(json_string_value(json_array_get(member(log, "witness_vkeys"), i)), &witnesses[i]);
    cr_assert(tg_note_key_equal(&log_key, &all.tj.log_key));
    cr_assert(tg_note_key_equal(&witnesses[0], &all.kg.clock_key));
    json_array_foreach(member(log, "checkpoints"), i, one)
    {
        TG_AUTO(tg_buf) struct tg_buf note = {0};
        const struct tg_signer log_signer = tg_vault_signer(all.tj.vault, TG_VAULT_KEY_LOG);
        const struct tg_signer kg = tg_vault_signer(all.kg.vault, TG_VAULT_KEY_CLOCK);
        const struct tg_signer uz = tg_vault_signer(all.uz.vault, TG_VAULT_KEY_CLOCK);
        struct tg_checkpoint checkpoint, made = {.size = number_of(one, "size")};
        struct tg_note_seen seen[2];
        const char *want = text_of(one, "note");
        assert_err(tg_checkpoint_open(tg_view_str(want), &log_key, witnesses, 2, &checkpoint, seen, NULL),
                   TG_OK);
        cr_assert(seen[0].signed_it && seen[1].signed_it);
        strcpy(made.origin, text_of(log, "origin"));
        hex_into(one, "root", made.root.bytes, 32);
        cr_assert_eq(checkpoint.size, made.size);
        cr_assert(tg_hash_equal(&checkpoint.root, &made.root));
        assert_err(tg_checkpoint_sign(&made, &log_key, &log_signer, &note), TG_OK);
        assert_err(tg_checkpoint_cosign(&made, &witnesses[0], seen[0].time, &kg, &note), TG_OK);
        assert_err(tg_checkpoint_cosign(&made, &witnesses[1], seen[1].time, &uz, &note), TG_OK);
        cr_assert(tg_view_equal_str(tg_buf_view(&note), want), "checkpoint %zu", i);
    }
    cr_assert_eq(i, 7);
    json_decref(json);
}

/* The proof file's parts: index line, path, empty line, checkpoint. Only notes and trees are under test here. */
static tg_err tlog_proof_verify(const char *text, const struct tg_note_key *log_key,
                                const struct tg_note_key *witness, struct tg_view leaf)
{
    struct tg_merkle_proof proof = {0};
    struct tg_checkpoint checkpoint;
    struct tg_note_seen seen;
    struct tg_hash hash;
    uint64_t index = 0;
    int used = 0;
    if (sscanf(text, "c2sp.org/tlog-proof@v1\nindex %lu%n", &index, &used) != 1 || text[used] != '\n')
        return TG_EFORMAT;
    text += used + 1;
    while (*text != '\n') {
        size_t bytes = 0;
        const size_t line = strcspn(text, "\n");
        if (proof.count == TG_MERKLE_LEVELS_MAX) return TG_ELIMIT;
        if (tg_base64_decode(tg_view_of(text, line), proof.path[proof.count++].bytes, 32, &bytes) != TG_OK ||
            bytes != 32)
            return TG_EFORMAT;
        text += line + 1;
    }
    const tg_err err =
        tg_checkpoint_open(tg_view_str(text + 1), log_key, witness, 1, &checkpoint, &seen, NULL);
    if (err != TG_OK) return err;
    if (!seen.signed_it) return TG_EKEY;
    tg_merkle_leaf_hash(leaf, &hash);
    return tg_merkle_inclusion_verify(index, checkpoint.size, &hash, &proof, &checkpoint.root);
}

Test(crypto_note, tlog_proofs_with_a_cosignature_stand_and_fall)
{
    json_t *json = vectors_load("tlog-proof/tlog-proof.json"), *one;
    struct tg_note_key log_key, witness;
    size_t i;
    key_of(text_of(json, "log_vkey"), &log_key);
    key_of(text_of(json, "witness_vkey"), &witness);
    for (int pass = 0; pass < 2; pass++) {
        json_t *cases = member(json, pass == 0 ? "valid" : "invalid");
        json_array_foreach(cases, i, one)
        {
            uint8_t leaf[64];
            size_t bytes = 0;
            cr_assert_eq(
                tg_base64_decode(tg_view_str(text_of(one, "leaf_base64")), leaf, sizeof leaf, &bytes), TG_OK);
            const tg_err err =
                tlog_proof_verify(text_of(one, "proof"), &log_key, &witness, tg_view_of(leaf, bytes));
            cr_assert_eq(err == TG_OK, pass == 0, "%s: %s", pass == 0 ? "valid" : text_of(one, "desc"),
                         tg_err_name(err));
        }
        cr_assert_eq(json_array_size(cases), pass == 0 ? 36 : 10);
    }
    json_decref(json);
}

/* --- rules of notes --- */

static void note_by(struct member_node *node, const char *text, struct tg_buf *out)
{
    const struct tg_signer signer = tg_vault_signer(node->vault, TG_VAULT_KEY_STORE);
    if (out->bytes == 0) cr_assert_eq(tg_note_begin(tg_view_str(text), out), TG_OK);
    cr_assert_eq(tg_note_sign(&node->store_key, tg_view_str(text), &signer, out), TG_OK);
}
static tg_err opens(struct tg_view bytes, const struct tg_note_key *keys, size_t count,
                    struct tg_note_seen *seen)
{
    struct tg_note note;
    const tg_err err = tg_note_parse(bytes, &note, NULL);
    return err != TG_OK ? err : tg_note_verify(&note, keys, count, seen, NULL);
}

Test(crypto_note, unknown_keys_are_ignored_known_ones_must_verify)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    struct tg_note_key keys[3] = {all.tj.store_key, all.kg.store_key, all.uz.store_key};
    struct tg_note_seen seen[3];
    note_by(&all.tj, "text\n\nwith an empty line\n", &note);
    note_by(&all.kg, "text\n\nwith an empty line\n", &note);
    assert_err(opens(tg_buf_view(&note), keys, 3, seen), TG_OK);
    cr_assert(seen[0].signed_it && seen[1].signed_it && !seen[2].signed_it);
    assert_err(opens(tg_buf_view(&note), keys, 1, seen), TG_OK);
    assert_err(opens(tg_buf_view(&note), keys + 2, 1, seen), TG_EKEY);
    assert_err(opens(tg_buf_view(&note), keys, 0, NULL), TG_EKEY);

    /* Break KG's signature: who knows KG refuses the note, who does not takes it. */
    note.data[note.bytes - 10] = note.data[note.bytes - 10] == 'A' ? 'B' : 'A';
    assert_err(opens(tg_buf_view(&note), keys, 2, seen), TG_ESIGNATURE);
    assert_err(opens(tg_buf_view(&note), keys, 1, seen), TG_OK);

    /* Same name, other id: unknown. Same id, other name: unknown. */
    keys[0].id ^= 1;
    assert_err(opens(tg_buf_view(&note), keys, 1, NULL), TG_EKEY);
    keys[0].id ^= 1, keys[0].name[0] = 'T';
    assert_err(opens(tg_buf_view(&note), keys, 1, NULL), TG_EKEY);
}

Test(crypto_note, refuses_malformed_notes)
{
    static const char good[] = "t\n\n\xe2\x80\x94 n AAAAAAE=\n";
    static const struct {
        const char *name;
        const char *note;
    } cases[] = {
        {"empty", ""},
        {"no signature block", "text\n"},
        {"no signature line", "text\n\n"},
        {"no last newline", "t\n\n\xe2\x80\x94 n AAAAAAE="},
        {"hyphen for em dash", "t\n\n- n AAAAAAE=\n"},
        {"no key name", "t\n\n\xe2\x80\x94  AAAAAAE=\n"},
        {"plus in the name", "t\n\n\xe2\x80\x94 a+b AAAAAAE=\n"},
        {"no-break space in the name", "t\n\n\xe2\x80\x94 a\xc2\xa0"
                                       "b AAAAAAE=\n"},
        {"id without signature", "t\n\n\xe2\x80\x94 n AAAAAA==\n"},
        {"base64 without padding", "t\n\n\xe2\x80\x94 n AAAAAAE\n"},
        {"base64 with stray bits", "t\n\n\xe2\x80\x94 n AAAAAAF=\n"},
        {"padding in the middle", "t\n\n\xe2\x80\x94 n AAAA==AA\n"},
        {"carriage return", "t\r\n\n\xe2\x80\x94 n AAAAAAE=\n"},
        {"tab", "t\t\n\n\xe2\x80\x94 n AAAAAAE=\n"},
        {"not UTF-8", "\xff\n\n\xe2\x80\x94 n AAAAAAE=\n"},
        {"text behind the signatures", "t\n\n\xe2\x80\x94 n AAAAAAE=\nmore\n"},
    };
    struct tg_note note;
    assert_err(tg_note_parse(tg_view_str(good), &note, NULL), TG_OK);
    cr_assert(tg_view_equal_str(note.text, "t\n"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(tg_note_parse(tg_view_str(cases[i].note), &note, NULL), TG_EFORMAT, "%s", cases[i].name);
    cr_assert_neq(tg_note_parse(tg_view_of("t\0\n\n", 4), &note, NULL), TG_OK);
}

Test(crypto_note, takes_as_many_signatures_as_the_limit_and_not_one_more)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    static struct tg_note note;
    cr_assert_eq(tg_note_begin(tg_view_str("t\n"), &bytes), TG_OK);
    for (int i = 0; i < TG_NOTE_SIGNATURES_MAX; i++)
        cr_assert_eq(tg_buf_put_str(&bytes, "\xe2\x80\x94 n AAAAAAE=\n"), TG_OK);
    assert_err(tg_note_parse(tg_buf_view(&bytes), &note, NULL), TG_OK);
    cr_assert_eq(tg_buf_put_str(&bytes, "\xe2\x80\x94 n AAAAAAE=\n"), TG_OK);
    assert_err(tg_note_parse(tg_buf_view(&bytes), &note, NULL), TG_ELIMIT);
    assert_err(tg_note_begin(tg_view_str("no newline"), &bytes), TG_EFORMAT);
    assert_err(tg_note_begin(tg_view_str(""), &bytes), TG_EFORMAT);
    assert_err(tg_note_begin(tg_view_str("\x01\n"), &bytes), TG_EFORMAT);
}

Test(crypto_note, long_signatures_of_unknown_types_are_skipped)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    note_by(&all.tj, "t\n", &bytes);
    cr_assert_eq(tg_buf_put_str(&bytes, "\xe2\x80\x94 n "), TG_OK);
    for (int i = 0; i < 1700; i++) cr_assert_eq(tg_buf_put_str(&bytes, "AAAA"), TG_OK);
    cr_assert_eq(tg_buf_put_str(&bytes, "\n"), TG_OK);
    assert_err(opens(tg_buf_view(&bytes), &all.tj.store_key, 1, NULL), TG_OK);
}

Test(crypto_note, refuses_bad_vkeys)
{
    char vkey[TG_VKEY_BYTES];
    struct tg_note_key key;
    static const struct tg_sign_public zero;
    tg_note_key_format(&all.tj.log_key, vkey);
    assert_err(tg_note_key_parse(tg_view_of(vkey, strlen(vkey) - 1), &key), TG_EFORMAT);
    assert_err(tg_note_key_parse(tg_view_str("name"), &key), TG_EFORMAT);
    vkey[0] = 'T';
    assert_err(tg_note_key_parse(tg_view_str(vkey), &key), TG_EVALUE); /* id is not that of the name */
    assert_err(tg_note_key_make("name", TG_NOTE_ED25519, &zero, &key), TG_EKEY);
    assert_err(tg_note_key_make("", TG_NOTE_ED25519, &all.tj.keys.log, &key), TG_EFORMAT);
    assert_err(tg_note_key_make("two words", TG_NOTE_ED25519, &all.tj.keys.log, &key), TG_EFORMAT);
    char name[TG_NOTE_KEY_NAME_BYTES_MAX + 2];
    memset(name, 'n', sizeof name);
    name[TG_NOTE_KEY_NAME_BYTES_MAX + 1] = '\0';
    assert_err(tg_note_key_make(name, TG_NOTE_ED25519, &all.tj.keys.log, &key), TG_EFORMAT);
    name[TG_NOTE_KEY_NAME_BYTES_MAX] = '\0';
    assert_err(tg_note_key_make(name, TG_NOTE_ED25519, &all.tj.keys.log, &key), TG_OK);
}

Test(crypto_note, refuses_malformed_checkpoints)
{
    static const struct {
        const char *text;
        tg_err err;
    } cases[] = {
        {"o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", TG_OK},
        {"o\n9223372036854775807\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", TG_OK},
        {"o\n9223372036854775808\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", TG_EFORMAT},
        {"o\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", TG_EFORMAT},
        {"o\n\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", TG_EFORMAT},
        {"o\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", TG_EFORMAT},
        {"\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", TG_EFORMAT},
        {"o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n", TG_EFORMAT},
        {"o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n", TG_ETRAIL},
        {"o\n0\n", TG_EFORMAT},
    };
    struct tg_checkpoint checkpoint;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(tg_checkpoint_parse(tg_view_str(cases[i].text), &checkpoint, NULL), cases[i].err,
                     "case %zu: %s", i,
                     tg_err_name(tg_checkpoint_parse(tg_view_str(cases[i].text), &checkpoint, NULL)));
}

Test(crypto_note, cosignature_line_stands_alone)
{
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    const struct tg_signer kg = tg_vault_signer(all.kg.vault, TG_VAULT_KEY_CLOCK);
    struct tg_checkpoint checkpoint = {.origin = "example/log", .size = 4, .root = {{1}}};
    uint64_t time = 0;
    assert_err(tg_checkpoint_cosign(&checkpoint, &all.kg.clock_key, 1700000000, &kg, &line), TG_OK);
    assert_err(
        tg_checkpoint_cosignature_open(&checkpoint, tg_buf_view(&line), &all.kg.clock_key, &time, NULL),
        TG_OK);
    cr_assert_eq(time, 1700000000);
    assert_err(
        tg_checkpoint_cosignature_open(&checkpoint, tg_buf_view(&line), &all.uz.clock_key, &time, NULL),
        TG_EKEY);
    checkpoint.size = 5;
    assert_err(
        tg_checkpoint_cosignature_open(&checkpoint, tg_buf_view(&line), &all.kg.clock_key, &time, NULL),
        TG_ESIGNATURE);
    assert_err(tg_checkpoint_cosign(&checkpoint, &all.kg.store_key, 1, &kg, &line), TG_EKEY);
    assert_err(tg_checkpoint_cosign(&checkpoint, &all.kg.clock_key, UINT64_MAX, &kg, &line), TG_EVALUE);
}

Test(crypto_note, log_key_of_another_log_is_refused)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0}, text = {0};
    const struct tg_signer signer = tg_vault_signer(all.tj.vault, TG_VAULT_KEY_LOG);
    struct tg_checkpoint checkpoint = {.origin = "example/log", .size = 4};
    assert_err(tg_checkpoint_sign(&checkpoint, &all.tj.log_key, &signer, &note), TG_EPOSITION);
    assert_err(tg_checkpoint_encode(&checkpoint, &text), TG_OK);
    assert_err(tg_note_begin(tg_buf_view(&text), &note), TG_OK);
    assert_err(tg_note_sign(&all.tj.log_key, tg_buf_view(&text), &signer, &note), TG_OK);
    assert_err(tg_checkpoint_open(tg_buf_view(&note), &all.tj.log_key, NULL, 0, &checkpoint, NULL, NULL),
               TG_EPOSITION);
}
