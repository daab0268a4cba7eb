/* Cases to bytes and back, and the program: `third_cases make SEED COUNT FILE`, `third_cases judge FILE`. */
#include "base/file.h"
#include "cases.h"
#include "proto/card_chain.h"

void part_add(struct one_case *one, const char *name, struct tg_view bytes)
{
    if (one->part_count == PARTS_MAX) abort();
    struct part *part = &one->parts[one->part_count++];
    (void)snprintf(part->name, sizeof part->name, "%s", name);
    part->bytes = bytes;
}

static void put_number(FILE *out, uint64_t value, size_t bytes)
{
    for (size_t i = bytes; i--;) (void)fputc((int)(value >> (8 * i) & 0xff), out);
}

static void put_bytes(FILE *out, const void *data, size_t bytes)
{
    if (bytes && fwrite(data, 1, bytes, out) != bytes) abort();
}

void case_put(const struct one_case *one, FILE *out)
{
    put_number(out, one->kind, 1);
    put_number(out, one->want, 1);
    put_number(out, one->flags, 1);
    put_number(out, strlen(one->label), 1);
    put_bytes(out, one->label, strlen(one->label));
    put_number(out, one->part_count, 1);
    for (size_t i = 0; i < one->part_count; i++) {
        put_number(out, strlen(one->parts[i].name), 1);
        put_bytes(out, one->parts[i].name, strlen(one->parts[i].name));
        put_number(out, one->parts[i].bytes.bytes, 4);
        put_bytes(out, one->parts[i].bytes.data, one->parts[i].bytes.bytes);
    }
}

static uint64_t take_number(struct tg_view *rest, size_t bytes)
{
    uint64_t value = 0;
    if (rest->bytes < bytes) abort();
    for (size_t i = 0; i < bytes; i++) value = value << 8 | rest->data[i];
    *rest = tg_view_of(rest->data + bytes, rest->bytes - bytes);
    return value;
}

static struct tg_view take_view(struct tg_view *rest, size_t bytes)
{
    if (rest->bytes < bytes) abort();
    struct tg_view view = tg_view_of(rest->data, bytes);
    *rest = tg_view_of(rest->data + bytes, rest->bytes - bytes);
    return view;
}

bool case_next(struct tg_view *rest, struct one_case *one)
{
    if (!rest->bytes) return false;
    *one = (struct one_case){.kind = (enum case_kind)take_number(rest, 1)};
    one->want = (enum case_want)take_number(rest, 1);
    one->flags = (uint8_t)take_number(rest, 1);
    struct tg_view label = take_view(rest, take_number(rest, 1));
    (void)snprintf(one->label, sizeof one->label, "%.*s", TG_VIEW_PRINT(label));
    size_t count = take_number(rest, 1);
    for (size_t i = 0; i < count; i++) {
        char name[256];
        struct tg_view view = take_view(rest, take_number(rest, 1));
        (void)snprintf(name, sizeof name, "%.*s", TG_VIEW_PRINT(view));
        part_add(one, name, take_view(rest, take_number(rest, 4)));
    }
    return true;
}

static int make(uint64_t seed, uint64_t count, const char *path)
{
    struct world *world = world_new(seed);
    struct one_case *one = calloc(1, sizeof *one);
    FILE *out = fopen(path, "wb");
    if (!one || !out) return 4;
    put_bytes(out, CASES_MAGIC, sizeof CASES_MAGIC - 1);
    for (size_t i = 0; i < ACTORS; i++) {
        struct tg_view chain = actor_chain(world, world->actors[i]);
        put_number(out, chain.bytes, 4);
        put_bytes(out, chain.data, chain.bytes);
    }
    for (uint64_t i = 0; i < count; i++) {
        memset(one, 0, sizeof *one);
        case_make(world, one);
        case_put(one, out);
    }
    free(one);
    world_free(world);
    return fclose(out) ? 4 : 0;
}

/* What stands in front of the cases: the cards of every node. */
static void known_take(struct tg_view *rest, struct tg_arena *arena, struct tg_known_cards *ret_known)
{
    const struct tg_card **all = tg_arena_take_array(arena, ACTORS * TG_CARD_CHAIN_MAX, sizeof *all);
    ret_known->cards = all;
    for (size_t i = 0; i < ACTORS; i++) {
        const struct tg_card **cards;
        size_t count;
        uint64_t bad;
        MUST(tg_card_chain_open(take_view(rest, take_number(rest, 4)), arena, &cards, &count, &bad, NULL));
        for (size_t k = 0; k < count; k++) all[ret_known->count++] = cards[k];
    }
}

static int judge(const char *path)
{
    TG_AUTO(tg_buf) struct tg_buf file = {0};
    TG_AUTO(tg_arena) struct tg_arena arena, kept;
    struct tg_known_cards known = {0};
    struct one_case *one = calloc(1, sizeof *one);
    MUST(tg_crypto_init(NULL));
    MUST(tg_file_read(path, SIZE_MAX / 2, &file, NULL));
    struct tg_view rest = tg_buf_view(&file);
    if (!one || !tg_view_starts_with(rest, CASES_MAGIC)) return 4;
    (void)take_view(&rest, sizeof CASES_MAGIC - 1);
    tg_arena_init(&arena, 64u << 20);
    tg_arena_init(&kept, 64u << 20);
    known_take(&rest, &kept, &known);
    while (case_next(&rest, one)) {
        const char *step = case_judge(one, &known, &arena);
        bool accepted = !step || step[0] == '+';
        printf("%s %s\n", accepted ? "accept" : "refuse", step ? step : "-");
        tg_arena_clear(&arena);
    }
    free(one);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "make") == 0)
        return make(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10), argv[4]);
    if (argc == 3 && strcmp(argv[1], "judge") == 0) return judge(argv[2]);
    fprintf(stderr, "usage: third_cases make SEED COUNT FILE | judge FILE\n");
    return 2;
}
