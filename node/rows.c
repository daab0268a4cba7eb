/* Names of a record as features for scoring and as encrypted rows of the index.
 *
 * Row: nonce 24 ‖ XChaCha20-Poly1305 of: u8 sex ‖ u8 births × (u16 year, u8 month, u8 day, u8 approximate) ‖ u8 countries × 2 ‖
 * u16 names × (u8 subject, u8 kind, u16 length, text). docs/formats-store.md "rows".
 */
#include "node/rows.h"

#include "base/cursor.h"
#include "crypto/aead.h"

static void encode(struct tg_wr *wr, const struct tg_facets *facets, size_t names)
{
    struct tg_births storage;
    struct tg_features features = tg_likeness_features(facets, &storage);
    tg_wr_u8(wr, (uint8_t)features.sex);
    tg_wr_u8(wr, (uint8_t)features.births_count);
    for (size_t i = 0; i < features.births_count; i++) {
        tg_wr_u16(wr, (uint16_t)storage.births[i].date.year);
        tg_wr_u8(wr, storage.births[i].date.month);
        tg_wr_u8(wr, storage.births[i].date.day);
        tg_wr_u8(wr, storage.births[i].approximate);
    }
    tg_wr_u8(wr, (uint8_t)features.countries_count);
    for (size_t i = 0; i < features.countries_count; i++) tg_wr_u16(wr, storage.countries[i]);
    tg_wr_u16(wr, (uint16_t)names);
    for (size_t i = 0; i < facets->names_count; i++) {
        const struct tg_facet_name *name = &facets->names[i];
        if (!tg_likeness_is_name(name)) continue;
        tg_wr_u8(wr, (uint8_t)name->subject);
        tg_wr_u8(wr, (uint8_t)name->kind);
        tg_wr_u16(wr, (uint16_t)name->text.bytes);
        tg_wr_view(wr, name->text);
    }
}

tg_err tg_rows_names_seal(const uint8_t key[static 32], const struct tg_random *random,
                          const struct tg_facets *facets, struct tg_buf *out)
{
    size_t names = 0, bytes = 8 + TG_BIRTHS_MAX * 5 + TG_NAME_COUNTRIES_MAX * 2;
    for (size_t i = 0; i < facets->names_count; i++) {
        if (!tg_likeness_is_name(&facets->names[i])) continue;
        names++;
        bytes += 4 + facets->names[i].text.bytes;
    }
    if (!names) return TG_OK;
    tg_err err = tg_buf_reserve(out, TG_XAEAD_NONCE_BYTES + bytes + TG_AEAD_TAG_BYTES);
    if (err) return err;
    uint8_t *nonce = out->data + out->bytes, *plain = nonce + TG_XAEAD_NONCE_BYTES;
    struct tg_wr wr = tg_wr_init(plain, bytes);
    encode(&wr, facets, names);
    if (wr.err) return wr.err;
    tg_random_fill(random, nonce, TG_XAEAD_NONCE_BYTES);
    tg_xaead_seal(key, nonce, tg_view_str("names"), tg_wr_view_of(&wr), plain);
    out->bytes += TG_XAEAD_NONCE_BYTES + wr.at + TG_AEAD_TAG_BYTES;
    return TG_OK;
}

static tg_err decode_features(struct tg_rd *rd, struct tg_arena *arena, struct tg_facets *facets)
{
    facets->sex = (enum tg_rec_sex)tg_rd_u8(rd);
    facets->births_count = tg_rd_u8(rd);
    struct tg_facet_birth *births = tg_arena_take_array(arena, facets->births_count, sizeof *births);
    if (!births) return TG_ENOMEM;
    for (size_t i = 0; i < facets->births_count; i++) {
        births[i].from.year = (int16_t)tg_rd_u16(rd);
        births[i].from.month = tg_rd_u8(rd);
        births[i].from.day = tg_rd_u8(rd);
        births[i].to = births[i].from;
        births[i].approximate = tg_rd_u8(rd) != 0;
    }
    facets->births = births;
    facets->countries_count = tg_rd_u8(rd);
    const char **countries = tg_arena_take_array(arena, facets->countries_count, sizeof *countries);
    if (!countries) return TG_ENOMEM;
    for (size_t i = 0; i < facets->countries_count; i++) {
        countries[i] = tg_arena_text(arena, tg_rd_view(rd, 2));
        if (!countries[i]) return TG_ENOMEM;
    }
    facets->countries = countries;
    return TG_OK;
}

tg_err tg_rows_names_open(const uint8_t key[static 32], struct tg_view row, struct tg_arena *arena,
                          struct tg_facets *ret_facets)
{
    if (row.bytes < TG_XAEAD_NONCE_BYTES + TG_AEAD_TAG_BYTES) return TG_EDAMAGED;
    struct tg_view sealed = tg_view_of(row.data + TG_XAEAD_NONCE_BYTES, row.bytes - TG_XAEAD_NONCE_BYTES);
    size_t bytes = sealed.bytes - TG_AEAD_TAG_BYTES;
    uint8_t *plain = tg_arena_take(arena, bytes);
    if (!plain) return TG_ENOMEM;
    tg_err err = tg_xaead_open(key, row.data, tg_view_str("names"), sealed, plain);
    if (err) return err;
    struct tg_rd rd = tg_rd_init(tg_view_of(plain, bytes));
    struct tg_facets facets = {.list = "", .external_id = ""};
    err = decode_features(&rd, arena, &facets);
    facets.names_count = tg_rd_u16(&rd);
    struct tg_facet_name *names = err ? NULL : tg_arena_take_array(arena, facets.names_count, sizeof *names);
    if (!names) return err ? err : TG_ENOMEM;
    for (size_t i = 0; i < facets.names_count; i++) {
        names[i].subject = (enum tg_facet_subject)tg_rd_u8(&rd);
        names[i].kind = (enum tg_rec_name_kind)tg_rd_u8(&rd);
        uint16_t name_bytes = tg_rd_u16(&rd);
        names[i].text = tg_rd_view(&rd, name_bytes);
    }
    facets.names = names;
    if (tg_rd_end(&rd)) return TG_EDAMAGED;
    *ret_facets = facets;
    return TG_OK;
}
