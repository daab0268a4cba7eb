/* Cards: the vectors' ones byte for byte, every rule on both sides, the chain, and which key holds where. */
#include "proto/card.h"
#include "federation.h"

static struct federation all;
static struct tg_card *card, *other;
static void start(void)
{
    federation_init(&all);
    card = calloc(1, sizeof *card);
    other = calloc(1, sizeof *other);
}
static void stop(void)
{
    federation_release(&all);
    free(card);
    free(other);
}
TestSuite(card, .init = start, .fini = stop);

/* TJ's card as the vectors have it: text, or note. */
static char *vector_text(const char *country, const char *what)
{
    json_t *json = vectors_load("tamga/formats.json"), *one;
    char *text = NULL;
    size_t i;
    json_array_foreach(member(json, "cards"), i, one)
    {
        if (strcmp(text_of(one, "country"), country) == 0) text = strdup(text_of(one, what));
    }
    json_decref(json);
    cr_assert_not_null(text);
    return text;
}

Test(card, vectors_are_read_and_made_byte_for_byte)
{
    static const char *const countries[] = {"TJ", "KG", "UZ"};
    for (size_t i = 0; i < 3; i++) {
        TG_AUTO_FREE char *note = vector_text(countries[i], "note");
        TG_AUTO_FREE char *text = vector_text(countries[i], "text");
        TG_AUTO_FREE char *hash_text = vector_text(countries[i], "hash");
        TG_AUTO(tg_buf) struct tg_buf made = {0}, signed_note = {0};
        struct member_node *node = federation_member(&all, countries[i]);
        const struct tg_signer root = tg_signer_of_secret(&node->root);
        struct tg_errmsg em = {0};
        struct tg_hash hash;
        cr_assert_eq(tg_card_open(tg_view_str(note), card, &em), TG_OK, "%s", em.text);
        cr_assert(tg_node_id_equal(&card->node, &node->id));
        cr_assert_str_eq(card->country, countries[i]);
        cr_assert(tg_note_key_equal(&card->clock, &node->clock_key));
        assert_bytes(card->seal.bytes, node->keys.seal.bytes, 32, "seal key");
        assert_bytes(card->recovery.bytes, node->recovery_public.bytes, 32, "recovery key");
        cr_assert_eq(tg_hex_decode(tg_view_str(hash_text), hash.bytes, 32), TG_OK);
        cr_assert(tg_hash_equal(&hash, &card->text_hash));
        assert_err(tg_card_encode(card, &made, &em), TG_OK);
        cr_assert(tg_view_equal_str(tg_buf_view(&made), text));
        assert_err(tg_card_sign(card, &root, NULL, NULL, &signed_note, &em), TG_OK);
        cr_assert(tg_view_equal_str(tg_buf_view(&signed_note), note));
    }
}

Test(card, any_bent_byte_refuses_it)
{
    TG_AUTO_FREE char *note = vector_text("TJ", "note");
    const size_t bytes = strlen(note);
    for (size_t i = 0; i < bytes; i++) {
        note[i] ^= 0x01;
        cr_assert_neq(tg_card_open(tg_view_of(note, bytes), card, NULL), TG_OK, "byte %zu", i);
        note[i] ^= 0x01;
    }
    assert_err(tg_card_open(tg_view_of(note, bytes), card, NULL), TG_OK);
    assert_err(tg_card_open(tg_view_of(note, bytes - 1), card, NULL), TG_EFORMAT);
}

/* The text with one part replaced. */
static char *with(const char *text, const char *part, const char *replacement)
{
    const char *at = strstr(text, part);
    cr_assert_not_null(at, "'%s' is not in the card", part);
    char *made = calloc(1, strlen(text) + strlen(replacement) + 1);
    memcpy(made, text, (size_t)(at - text));
    strcat(made, replacement);
    strcat(made, at + strlen(part));
    return made;
}

Test(card, refuses_texts_that_break_a_rule)
{
    static const struct {
        const char *name, *part, *replacement;
        tg_err err;
    } cases[] = {
        {"another version", "card/v1", "card/v2", TG_EMAGIC},
        {"unknown line", "endpoint ", "endpoimt ", TG_EFORMAT},
        {"serial 0", "serial 1\n", "serial 0\n", TG_EVALUE},
        {"serial with a zero in front", "serial 1\n", "serial 01\n", TG_EFORMAT},
        {"second card without a first", "serial 1\n", "serial 2\n", TG_EVALUE},
        {"first card with a previous", "prev -",
         "prev rnEQZx61ci5tLa5eAEwTY6t2TBHHQHtusXyD2LJRlL0=", TG_EVALUE},
        {"small country", "country TJ", "country tj", TG_EVALUE},
        {"long country", "country TJ", "country TJK", TG_EFORMAT},
        {"no name", "name Test Service TJ\n", "", TG_EFORMAT},
        {"empty name", "name Test Service TJ\n", "name \n", TG_EFORMAT},
        {"name twice", "name Test Service TJ\n", "name Test Service TJ\nname Test Service TJ\n", TG_EFORMAT},
        {"lines swapped", "serial 1\ncountry TJ\n", "country TJ\nserial 1\n", TG_EFORMAT},
        {"control character", "Test Service", "Test\tService", TG_EFORMAT},
        {"delete character", "Test Service", "Test\x7fService", TG_EFORMAT},
        {"two blanks", "node y", "node  y", TG_EFORMAT},
        {"no position", " epoch 0 from 0\n", " epoch 0\n", TG_EFORMAT},
        {"range of nothing", " epoch 0 from 0\n", " epoch 0 from 5 until 5\n", TG_EVALUE},
        {"range backwards", " epoch 0 from 0\n", " epoch 0 from 5 until 4\n", TG_EVALUE},
        {"epoch of another name", " epoch 0 from 0\n", " epoch 1 from 0\n", TG_EVALUE},
        {"words behind the range", " epoch 0 from 0\n", " epoch 0 from 0 until 9 and\n", TG_EFORMAT},
        {"blank behind the range", " epoch 0 from 0\n", " epoch 0 from 0 \n", TG_EFORMAT},
        {"endpoint of two words", "tcp://", "tcp ://", TG_EFORMAT},
        {"itself as a witness", "witness wg2wm57a6ve5k6vcjmioesnbor5lydv4vpqidwwp4zebqup6kxna",
         "witness yqracvgzixe2wcel47gen3pxi3ewrazh43yi7jqwytor6ydcbqhq", TG_EVALUE},
        {"a witness twice", "witness kx4oktsa3s2nwzefgaya2qnbteaqxwlfu5zj4thj5zmqv6bt5ipa",
         "witness wg2wm57a6ve5k6vcjmioesnbor5lydv4vpqidwwp4zebqup6kxna", TG_EVALUE},
        {"seal key of small order", "key seal D3yXyME7k2N3jkdAZYt8oOQ35T8wg58DT+ioPP3Sx0Q=",
         "key seal AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", TG_EKEY},
        {"short seal key", "key seal D3yXyME7k2N3jkdAZYt8oOQ35T8wg58DT+ioPP3Sx0Q=", "key seal AAAA",
         TG_EFORMAT},
        {"recovery key as seal key", "key seal D3yXyME7k2N3jkdAZYt8oOQ35T8wg58DT+ioPP3Sx0Q=",
         "key seal 2FROnpNRbUe193QWq0cz2EumVm/PcmKBInlhK5i++Q8=", TG_EKEY},
        {"no newline at the end", "6kxna\nwitness kx4oktsa3s2nwzefgaya2qnbteaqxwlfu5zj4thj5zmqv6bt5ipa\n",
         "6kxna\nwitness kx4oktsa3s2nwzefgaya2qnbteaqxwlfu5zj4thj5zmqv6bt5ipa", TG_EFORMAT},
    };
    TG_AUTO_FREE char *text = vector_text("TJ", "text");
    assert_err(tg_card_parse_text(tg_view_str(text), card, NULL), TG_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TG_AUTO_FREE char *bent = with(text, cases[i].part, cases[i].replacement);
        struct tg_errmsg em = {0};
        const tg_err err = tg_card_parse_text(tg_view_str(bent), card, &em);
        cr_assert_eq(err, cases[i].err, "%s: %s (%s)", cases[i].name, tg_err_name(err), em.text);
    }
}

Test(card, extension_lines_are_carried_but_not_read)
{
    TG_AUTO_FREE char *text = vector_text("TJ", "text");
    TG_AUTO_FREE char *extended = with(text, "endpoint ", "x-colour blue\nendpoint ");
    struct tg_hash plain_hash;
    assert_err(tg_card_parse_text(tg_view_str(text), card, NULL), TG_OK);
    plain_hash = card->text_hash;
    assert_err(tg_card_parse_text(tg_view_str(extended), card, NULL), TG_OK);
    cr_assert(!tg_hash_equal(&plain_hash, &card->text_hash), "the hash covers them");
    cr_assert_eq(card->endpoint_count, 1);
}

Test(card, size_and_counts_have_limits)
{
    TG_AUTO_FREE char *text = vector_text("TJ", "text");
    TG_AUTO(tg_buf) struct tg_buf many = {0};
    assert_err(tg_card_parse_text(tg_view_str(text), card, NULL), TG_OK);
    for (size_t i = card->endpoint_count; i < TG_CARD_ENDPOINTS_MAX; i++)
        snprintf(card->endpoints[i], sizeof card->endpoints[i], "tcp://127.0.0.1:%zu", 7000 + i);
    card->endpoint_count = TG_CARD_ENDPOINTS_MAX;
    assert_err(tg_card_encode(card, &many, NULL), TG_OK);
    tg_buf_clear(&many);
    TG_AUTO_FREE char *more =
        with(text, "endpoint ",
             "endpoint a\nendpoint b\nendpoint c\nendpoint d\nendpoint e\nendpoint f\nendpoint "
             "g\nendpoint h\nendpoint ");
    assert_err(tg_card_parse_text(tg_view_str(more), card, NULL), TG_ELIMIT);
    assert_err(tg_buf_put_str(&many, text), TG_OK);
    while (many.bytes <= TG_CARD_BYTES_MAX)
        assert_err(tg_buf_put_str(&many, "x-filler filler filler\n"), TG_OK);
    assert_err(tg_card_parse_text(tg_buf_view(&many), card, NULL), TG_ELIMIT);
}

/* --- the chain --- */

/* A new card behind the one in `card`, changed by the caller before it is signed. */
static void successor(struct tg_card *next)
{
    *next = *card;
    next->serial++;
    next->has_prev = true;
    next->prev = card->text_hash;
}
static tg_err follows(struct tg_card *next, const struct member_node *new_root, bool old_signs)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    const struct tg_signer root = tg_signer_of_secret(&new_root->root),
                           old = tg_signer_of_secret(&all.tj.root);
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_card_sign(next, &root, old_signs ? &card->root : NULL, &old, &note, &em), TG_OK, "%s",
                 em.text);
    cr_assert_eq(tg_card_open(tg_buf_view(&note), next, &em), TG_OK, "%s", em.text);
    return tg_card_check_successor(card, next, tg_buf_view(&note), &em);
}
static void chain_start(void)
{
    TG_AUTO_FREE char *note = vector_text("TJ", "note");
    cr_assert_eq(tg_card_open(tg_view_str(note), card, NULL), TG_OK);
}

Test(card, successor_must_be_next_and_point_back)
{
    chain_start();
    successor(other);
    assert_err(follows(other, &all.tj, false), TG_OK);
    successor(other);
    other->serial++;
    assert_err(follows(other, &all.tj, false), TG_EVALUE);
    successor(other);
    other->prev.bytes[0] ^= 1;
    assert_err(follows(other, &all.tj, false), TG_EHASH);
}

Test(card, ranges_may_be_closed_and_added_but_not_touched_otherwise)
{
    struct tg_card_key added;
    chain_start();
    added = card->envelopes[0];
    successor(other);
    other->envelopes[0].until = 100;
    added.from = 110;
    other->logs[0].until = 100;
    member_key(&all.tj, TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519, &all.kg.keys.envelope, &added.key);
    other->envelopes[1] = added;
    other->envelope_count = 2;
    assert_err(follows(other, &all.tj, false), TG_OK);
    cr_assert_eq(tg_card_envelope_key_now(other), &other->envelopes[1]);

    *card = *other; /* now it stands; open it again, move it, remove it */
    successor(other);
    other->envelopes[0].until = 101;
    assert_err(follows(other, &all.tj, false), TG_EVALUE);
    successor(other);
    other->logs[0].until = 99;
    assert_err(follows(other, &all.tj, false), TG_EVALUE);
    successor(other);
    other->envelopes[0].until = 99; /* stolen before it was changed, as it turns out */
    assert_err(follows(other, &all.tj, false), TG_OK);
    successor(other);
    other->envelopes[0] = other->envelopes[1];
    other->envelope_count = 1;
    assert_err(follows(other, &all.tj, false), TG_EVALUE);
    successor(other);
    other->logs[0].from = 1;
    assert_err(follows(other, &all.tj, false), TG_EVALUE);
}

Test(card, root_key_changes_only_to_the_announced_one_and_signed_by_both)
{
    struct member_node heir = all.tj;
    uint8_t seed[32];
    chain_start();
    vector_secret("root TJ 2", seed);
    tg_sign_secret_from_seed(seed, &heir.root, &heir.root_public);
    /* The vectors announce a next root; make a predecessor that announces ours. */
    tg_sha256_of(TG_VIEW_ARRAY(heir.root_public.bytes), &card->next_root);
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    const struct tg_signer old = tg_signer_of_secret(&all.tj.root);
    assert_err(tg_card_sign(card, &old, NULL, NULL, &note, NULL), TG_OK);
    for (int both = 0; both < 2; both++) {
        successor(other);
        member_key(&heir, TG_KEY_ROLE_ROOT, TG_NOTE_ED25519, &heir.root_public, &other->root);
        assert_err(follows(other, &heir, both), both ? TG_OK : TG_EKEY);
    }
    card->next_root.bytes[0] ^= 1;
    successor(other);
    member_key(&heir, TG_KEY_ROLE_ROOT, TG_NOTE_ED25519, &heir.root_public, &other->root);
    assert_err(follows(other, &heir, true), TG_EKEY);
    card->has_next_root = false;
    assert_err(follows(other, &heir, true), TG_EKEY);
}

Test(card, keys_hold_where_their_ranges_say)
{
    chain_start();
    const uint32_t id = card->envelopes[0].key.id;
    card->envelopes[0].from = 10;
    card->envelopes[0].until = 20;
    cr_assert_null(tg_card_envelope_key(card, id, 0, 9));
    cr_assert_not_null(tg_card_envelope_key(card, id, 0, 10));
    cr_assert_not_null(tg_card_envelope_key(card, id, 0, 19));
    cr_assert_null(tg_card_envelope_key(card, id, 0, 20));
    cr_assert_null(tg_card_envelope_key(card, id, 1, 15));
    cr_assert_null(tg_card_envelope_key(card, id ^ 1, 0, 15));
    cr_assert_null(tg_card_envelope_key_now(card));
    card->logs[0].until = 5;
    cr_assert_not_null(tg_card_log_key(card, 0, 0));
    cr_assert_not_null(tg_card_log_key(card, 0, 5));
    cr_assert_null(tg_card_log_key(card, 0, 6));
    cr_assert_null(tg_card_log_key_now(card));
}

Test(card, one_key_in_two_roles_is_refused)
{
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    chain_start();
    *other = *card;
    member_key(&all.tj, TG_KEY_ROLE_STORE, TG_NOTE_ED25519, &all.tj.keys.log, &other->store);
    assert_err(tg_card_encode(other, &out, NULL), TG_EKEY);
    *other = *card;
    member_key(&all.tj, TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519, &all.tj.keys.log, &other->envelopes[0].key);
    assert_err(tg_card_encode(other, &out, NULL), TG_EKEY);
    cr_assert_eq(out.bytes, 0);
}

Test(card, says_who_answers_at_any_hour_in_a_line_that_older_nodes_pass_over)
{
    TG_AUTO_FREE char *text = vector_text("TJ", "text");
    TG_AUTO(tg_buf) struct tg_buf made = {0};
    struct tg_errmsg em = {0};
    char longest[TG_CARD_CONTACT_BYTES_MAX + 2];
    memset(longest, '8', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_err(tg_card_parse_text(tg_view_str(text), card, &em), TG_OK);
    cr_assert_str_eq(card->contact, "");
    snprintf(card->contact, sizeof card->contact, "+992 900 000 001, duty desk");
    assert_err(tg_card_encode(card, &made, &em), TG_OK);
    cr_assert(tg_view_starts_with(tg_buf_view(&made), text), "all other lines are as before");
    assert_err(tg_card_parse_text(tg_buf_view(&made), other, &em), TG_OK);
    cr_assert_str_eq(other->contact, "+992 900 000 001, duty desk");
    cr_assert_eq(tg_card_contact_check(longest + 1, NULL), TG_OK);
    assert_err(tg_card_contact_check(longest, NULL), TG_ELIMIT);
    assert_err(tg_card_contact_check("", NULL), TG_EVALUE);
    assert_err(tg_card_contact_check("+992\n+993", NULL), TG_EVALUE);
    assert_err(tg_card_contact_check("call \xE2\x80\xAE 123", NULL), TG_EVALUE);
}

Test(card, passes_over_a_contact_that_cannot_be_one)
{
    static const char *const lines[] = {"x-contact \n", "x-contact call \xE2\x80\xAE 123\n",
                                        "x-contacts +992\n", "x-contact\n"};
    TG_AUTO_FREE char *text = vector_text("TJ", "text");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        TG_AUTO(tg_buf) struct tg_buf made = {0};
        struct tg_errmsg em = {0};
        cr_assert_eq(tg_buf_putf(&made, "%s%sx-contact +992 1\nx-contact +992 2\n", text, lines[i]), TG_OK);
        cr_assert_eq(tg_card_parse_text(tg_buf_view(&made), card, &em), TG_OK, "%zu: %s", i, em.text);
        cr_assert_str_eq(card->contact, "+992 1", "%zu: the first that is one", i);
    }
}
