// Holds every table of kernels that this CPU can run against the scalar one, at ragged sizes.
//
// In plain C, so that it can be built for another processor and run by an emulator: see check.sh. Everything that a
// kernel reads or writes ends where a page begins that may not be touched, and begins wherever that leaves it.
#define _GNU_SOURCE
#include "kernels.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const rbk_kernel_table *scalar, *tested;
static size_t checks, failures;

#define CHECK(CONDITION, ...)                            \
  do {                                                   \
    checks++;                                            \
    if (!(CONDITION) && ++failures <= 20) {              \
      printf("%s, line %d: ", tested->name, __LINE__);   \
      printf(__VA_ARGS__);                               \
      printf("\n");                                      \
    }                                                    \
  } while (0)

// MARK: Memory and numbers

typedef struct {
  void *mapping;
  size_t mapped;
} mapping;
static mapping mappings[64];
static size_t mapping_count;

/// `count` elements of `size` bytes that end at a guard page; 0xFF until they are written.
static void *guarded(size_t count, size_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = count * size, readable = (bytes + page - 1) / page * page;
  char *from = mmap(NULL, readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (from == MAP_FAILED || mprotect(from + readable, page, PROT_NONE) != 0) abort();
  mappings[mapping_count++] = (mapping){from, readable + page};
  memset(from, 0xFF, readable);
  return from + readable - bytes;
}

/// Gives back all that `guarded` gave.
static void release(void) {
  while (mapping_count > 0) {
    const mapping last = mappings[--mapping_count];
    munmap(last.mapping, last.mapped);
  }
}

static uint64_t state = 1;
static uint64_t random_bits(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}
static size_t random_below(size_t bound) { return (size_t)(random_bits() >> 20) % bound; }
static float random_float(void) { return (float)((double)random_below(1 << 24) * 0x1p-23 - 1); }

static float *random_floats(size_t count) {
  float *floats = guarded(count, sizeof *floats);
  for (size_t i = 0; i < count; i++) floats[i] = random_float();
  return floats;
}
static uint8_t *random_bytes(size_t count) {
  uint8_t *bytes = guarded(count, 1);
  for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)random_bits();
  return bytes;
}

static int same(const void *a, const void *b, size_t bytes) { return memcmp(a, b, bytes) == 0; }
static int close_to(float a, float b, double tolerance) { return fabs((double)a - (double)b) <= tolerance; }

static const size_t counts[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 13};
enum { count_kinds = sizeof counts / sizeof *counts };

// MARK: Rows

static void rows_agree(void) {
  const rbk_f32_rows rows[][2] = {
      {tested->l2_f32, scalar->l2_f32}, {tested->dot_f32, scalar->dot_f32}, {tested->l1_f32, scalar->l1_f32}};
  const rbk_gather gathers[] = {tested->l2_f32_gather, tested->dot_f32_gather, tested->l1_f32_gather};
  const rbk_gather halves[][2] = {{tested->l2_f16_gather, scalar->l2_f16_gather},
                                  {tested->dot_f16_gather, scalar->dot_f16_gather},
                                  {tested->l1_f16_gather, scalar->l1_f16_gather}};
  const rbk_gather bytes_of[][2] = {{tested->l2_u8_gather, scalar->l2_u8_gather},
                                    {tested->dot_u8_gather, scalar->dot_u8_gather},
                                    {tested->l1_u8_gather, scalar->l1_u8_gather}};
  for (size_t d = 0; d <= 70; d++)
    for (size_t kind = 0; kind < count_kinds; kind++) {
      const size_t n = counts[kind];
      const float *query = random_floats(d), *base = random_floats(n * d);
      uint16_t *half = guarded(n * d, sizeof *half);
      uint8_t *bytes = random_bytes(n * (rbk_range_bytes + d));
      for (size_t i = 0; i < n; i++) {
        const float range[2] = {random_float(), random_float() / 256};
        memcpy(bytes + i * (rbk_range_bytes + d), range, sizeof range);
      }
      // Of either sign, below 2.
      for (size_t i = 0; i < n * d; i++) half[i] = (uint16_t)(random_bits() & 0xBFFF);
      // Some rows twice and some not at all, in any order.
      size_t *index = guarded(2 * n, sizeof *index);
      const void **addresses = guarded(2 * n, sizeof *addresses);
      for (size_t i = 0; i < 2 * n; i++) index[i] = random_below(n);
      float *got = guarded(n, sizeof *got), *expected = guarded(n, sizeof *expected);
      float *gathered = guarded(2 * n, sizeof *gathered), *alone = guarded(1, sizeof *alone);
      for (int k = 0; k < 3; k++) {
        rows[k][0](query, base, n, d, got);
        rows[k][1](query, base, n, d, expected);
        for (size_t i = 0; i < n; i++)
          CHECK(close_to(got[i], expected[i], 2e-6 * (double)d), "rows of kind %d: d %zu, n %zu, row %zu", k, d, n, i);
        for (size_t i = 0; i < 2 * n; i++) addresses[i] = base + index[i] * d;
        gathers[k](query, addresses, 2 * n, d, gathered);
        for (size_t i = 0; i < 2 * n; i++)
          CHECK(same(&gathered[i], &got[index[i]], 4), "gather of kind %d: d %zu, n %zu, row %zu", k, d, n, i);
        for (int type = 0; type < 2; type++) {
          const rbk_gather *pair = type == 0 ? halves[k] : bytes_of[k];
          for (size_t i = 0; i < 2 * n; i++)
            addresses[i] = type == 0 ? (const void *)(half + index[i] * d) : bytes + index[i] * (rbk_range_bytes + d);
          pair[0](query, addresses, 2 * n, d, gathered);
          for (size_t i = 0; i < 2 * n; i++) {
            pair[1](query, addresses + i, 1, d, alone);
            CHECK(close_to(gathered[i], *alone, 8e-6 * (double)d), "type %d of kind %d: d %zu, n %zu, row %zu", type, k,
                  d, n, i);
            pair[0](query, addresses + i, 1, d, alone);
            CHECK(same(&gathered[i], alone, 4), "type %d of kind %d alone: d %zu, n %zu, row %zu", type, k, d, n, i);
          }
        }
      }
      release();
    }
}

static void every_half_is_its_value(void) {
  uint16_t *all = guarded(65536, 2);
  for (size_t i = 0; i < 65536; i++) all[i] = (uint16_t)i;
  float *one = guarded(1, 4), *got = guarded(65536, 4), *expected = guarded(65536, 4);
  const void **addresses = guarded(65536, sizeof *addresses);
  for (size_t i = 0; i < 65536; i++) addresses[i] = all + i;
  *one = 1;
  tested->dot_f16_gather(one, addresses, 65536, 1, got);
  scalar->dot_f16_gather(one, addresses, 65536, 1, expected);
  for (size_t i = 0; i < 65536; i++)
    CHECK(got[i] == expected[i] || (isnan(got[i]) && isnan(expected[i])), "half %zu", i);
  release();
}

static void hamming_agrees(void) {
  for (size_t words = 0; words <= 20; words++)
    for (size_t kind = 0; kind < count_kinds; kind++) {
      const size_t n = counts[kind];
      const uint64_t *query = (const void *)random_bytes(words * 8), *rows = (const void *)random_bytes(n * words * 8);
      uint32_t *got = guarded(n, 4), *expected = guarded(n, 4);
      tested->hamming_u64(query, rows, n, words, got);
      scalar->hamming_u64(query, rows, n, words, expected);
      CHECK(same(got, expected, n * 4), "hamming: %zu words, n %zu", words, n);
      release();
    }
}

static void blocks_agree(void) {
  const size_t shapes[][2] = {{1, 1}, {7, 15}, {8, 16}, {9, 17}, {13, 47}, {6, 48}, {3, 50}, {0, 3}, {3, 0}};
  for (size_t d = 0; d <= 70; d++)
    for (size_t shape = 0; shape < sizeof shapes / sizeof *shapes; shape++) {
      const size_t nq = shapes[shape][0], n = shapes[shape][1], stride = n + 1;
      const float *queries = random_floats(nq * d), *rows = random_floats(n * d);
      float *got = guarded(nq * stride, 4), *expected = guarded(nq * stride, 4);
      tested->dot_block_f32(queries, nq, rows, n, d, got, stride);
      scalar->dot_block_f32(queries, nq, rows, n, d, expected, stride);
      for (size_t i = 0; i < nq; i++)
        for (size_t j = 0; j < stride; j++)
          // What lies between n and the stride is as it was.
          CHECK(j < n ? close_to(got[i * stride + j], expected[i * stride + j], 2e-6 * (double)d)
                      : same(&got[i * stride + j], &(uint32_t){0xFFFFFFFF}, 4),
                "block: d %zu, %zu × %zu, result %zu, %zu", d, nq, n, i, j);
      release();
    }
}

// MARK: Clustering and selection

static void nearest_two_agree(void) {
  for (size_t n = 0; n <= 70; n++) {
    const size_t stride = n + 3, k = 1 + random_below(40);
    const float *products = random_floats(k * stride), *norms = random_floats(k);
    const rbk_kernel_table *both[] = {tested, scalar};
    uint32_t *best[2];
    float *values[2], *seconds[2];
    for (int t = 0; t < 2; t++) {
      best[t] = guarded(n, 4);
      values[t] = guarded(n, 4);
      seconds[t] = guarded(n, 4);
      // In two turns.
      const size_t first = k / 2;
      both[t]->nearest_two_f32(products, stride, norms, 0, first, n, best[t], values[t], seconds[t]);
      if (first > 0)
        both[t]->nearest_two_f32(products + first * stride, stride, norms + first, first, k - first, n, best[t],
                                 values[t], seconds[t]);
    }
    CHECK(same(best[0], best[1], n * 4) && same(values[0], values[1], n * 4) && same(seconds[0], seconds[1], n * 4),
          "nearest two: n %zu, k %zu", n, k);
    release();
  }
}

static void sums_agree(void) {
  for (size_t d = 0; d <= 70; d++)
    for (size_t kind = 0; kind < count_kinds; kind++) {
      const size_t n = counts[kind];
      const float *base = random_floats(9 * d);
      uint32_t *index = guarded(n, 4);
      for (size_t i = 0; i < n; i++) index[i] = (uint32_t)random_below(9);
      double *got = guarded(d, 8), *expected = guarded(d, 8);
      for (size_t j = 0; j < d; j++) got[j] = expected[j] = (double)random_float();
      tested->sum_gather_f64(base, index, n, d, got);
      scalar->sum_gather_f64(base, index, n, d, expected);
      CHECK(same(got, expected, d * 8), "sums: d %zu, n %zu", d, n);
      release();
    }
}

static void limits_agree(void) {
  for (size_t n = 1; n <= 70; n++)
    for (int kind = 0; kind < 4; kind++) {
      float *values = random_floats(n);
      for (size_t i = 0; i < n; i++)
        if (kind > 0 && random_below(4) == 0) values[i] = kind == 1 ? 0.5f : kind == 2 ? INFINITY : NAN;
      const size_t some = 1 + random_below(n), most = some + random_below(4);
      const float got = tested->limit_of_least_f32(values, n, some, most);
      CHECK(got == scalar->limit_of_least_f32(values, n, some, most), "limit: n %zu, kind %d", n, kind);
      release();
    }
}

// MARK: Codebooks

/// What a codeword costs a vector, in Float64.
static double cost(const float *vectors, const float *directions, size_t stride, size_t i, size_t dsub,
                   const float *codebook, size_t ksub, size_t c, double along, double weight) {
  double distance = 0;
  for (size_t j = 0; j < dsub; j++) {
    const double error = (double)vectors[j * stride + i] - (double)codebook[j * ksub + c];
    distance += error * error;
    along += error * (double)directions[j * stride + i];
  }
  return distance + weight * along * along;
}

static void codewords_are_cheapest(void) {
  const size_t shapes[][2] = {{1, 16}, {2, 16}, {3, 32}, {5, 256}, {17, 16}};
  for (size_t shape = 0; shape < sizeof shapes / sizeof *shapes; shape++)
    for (size_t n = 0; n <= 70; n += n < 36 ? 1 : 17) {
      const size_t dsub = shapes[shape][0], ksub = shapes[shape][1];
      const float *vectors = random_floats(dsub * n), *directions = random_floats(dsub * n);
      const float *codebook = random_floats(dsub * ksub), *along = random_floats(n);
      uint8_t *nearest = guarded(n, 1), *cheapest = guarded(n, 1);
      tested->nearest_codeword_f32(vectors, n, n, dsub, codebook, ksub, nearest);
      tested->cheapest_codeword_f32(vectors, directions, n, n, dsub, codebook, ksub, along, 5, cheapest);
      for (size_t i = 0; i < n; i++)
        for (int directed = 0; directed < 2; directed++) {
          const double from = (double)along[i], weight = directed ? 5 : 0;
          double least = INFINITY;
          for (size_t c = 0; c < ksub; c++)
            least = fmin(least, cost(vectors, directions, n, i, dsub, codebook, ksub, c, from, weight));
          const uint8_t code = (directed ? cheapest : nearest)[i];
          CHECK(cost(vectors, directions, n, i, dsub, codebook, ksub, code, from, weight) <= least + 1e-5 * (1 + least),
                "codeword: dsub %zu, ksub %zu, n %zu, vector %zu", dsub, ksub, n, i);
        }
      release();
    }
}

// MARK: Scalar codes

static const rbk_sq_kernels *sq(const rbk_kernel_table *table, int bits) { return bits == 4 ? table->sq4 : table->sq6; }

static void scalar_codes_scan_exactly(int bits) {
  for (size_t d = 0; d <= 400; d += d < 70 ? 1 : 110)
    for (size_t kind = 0; kind < count_kinds; kind++) {
      const size_t n = kind % 2 ? counts[kind] : 16 + random_below(55), nq = 1 + random_below(9);
      const size_t stride = (n + 15) / 16 * 16, bytes = rbk_sq_block_bytes(bits, d);
      const size_t query_bytes = rbk_sq_query_bytes(d);
      uint8_t *blocks = random_bytes(stride / 16 * bytes);
      // The greatest codes and weights too, as an implementation that saturates must be seen.
      if (kind == 0) memset(blocks, 0xFF, stride / 16 * bytes);
      for (size_t i = 0; bits == 6 && i < stride / 16 * bytes; i++) blocks[i] &= 63;
      for (size_t i = 0; i < stride; i++) {
        float *offsets = (float *)(blocks + i / 16 * bytes + bytes - 128);
        offsets[i % 16] = (float)random_below(100);
        offsets[16 + i % 16] = (float)random_below(50);
      }
      int8_t *queries = guarded(nq * query_bytes, 1);
      for (size_t i = 0; i < nq * query_bytes; i++)
        // Zeros past the last component.
        queries[i] = (int8_t)(i % query_bytes >= d       ? 0
                              : i / query_bytes == 0     ? 127
                                                         : (int)random_below(255) - 127);
      rbk_sq_bound *bounds = guarded(nq, sizeof *bounds);
      for (size_t i = 0; i < nq; i++) bounds[i] = (rbk_sq_bound){2, (float)(100 * i), 10 + (float)i};
      rbk_sq_kept *got = guarded(nq * stride + 16, sizeof *got), *expected = guarded(nq * stride + 16, sizeof *got);
      size_t *got_counts = guarded(nq, sizeof(size_t)), *expected_counts = guarded(nq, sizeof(size_t));
      (kind % 3 ? sq(tested, bits)->scan : sq(tested, bits)->scan_in_order)(
          blocks, n, d, queries, nq, bounds, got, stride, got_counts);
      sq(scalar, bits)->scan(blocks, n, d, queries, nq, bounds, expected, stride, expected_counts);
      for (size_t i = 0; i < nq; i++)
        CHECK(got_counts[i] == expected_counts[i] &&
                  same(got + i * stride, expected + i * stride, got_counts[i] * sizeof *got),
              "sq%d scan: d %zu, n %zu, query %zu of %zu", bits, d, n, i, nq);
      uint16_t *marks = guarded(nq * stride / 16, sizeof *marks), *expected_marks = guarded(nq * stride / 16, 2);
      memset(expected_marks, 0, nq * stride / 8);
      for (size_t i = 0; i < nq; i++)
        for (size_t j = 0; j < expected_counts[i]; j++) {
          const size_t place = expected[i * stride + j].index;
          expected_marks[i * stride / 16 + place / 16] |= (uint16_t)(1 << place % 16);
        }
      sq(tested, bits)->mark(blocks, n, d, queries, nq, bounds, marks, stride / 16);
      CHECK(same(marks, expected_marks, nq * stride / 8), "sq%d marks: d %zu, n %zu, %zu queries", bits, d, n, nq);
      release();
    }
}

static void scalar_codes_agree(int bits) {
  for (size_t d = 1; d <= 70; d++) {
    float *step = random_floats(d);
    for (size_t j = 0; j < d; j++) step[j] = (bits == 4 ? 0.2f : 0.05f) * fabsf(step[j]);
    const rbk_sq_frame frame = {d, random_floats(d), random_floats(d), random_floats(d), step, (int)(d % 2)};
    const float *vector = random_floats(d);
    const size_t bytes = rbk_sq_block_bytes(bits, d), query_bytes = rbk_sq_query_bytes(d);
    uint8_t *blocks[2] = {guarded(bytes, 1), guarded(bytes, 1)};
    int8_t *codes[2] = {guarded(query_bytes, 1), guarded(query_bytes, 1)};
    rbk_sq_query terms[2];
    float spread[2];
    const rbk_kernel_table *both[] = {tested, scalar};
    for (int t = 0; t < 2; t++) {
      spread[t] = sq(both[t], bits)->encode(&frame, vector, 0.5f, blocks[t], 5);
      sq(both[t], bits)->query(&frame, vector, codes[t], &terms[t]);
    }
    // A level on the edge between two may be rounded either way.
    size_t apart = 0;
    for (size_t i = 0; i < bytes - 128; i++) apart += blocks[0][i] != blocks[1][i];
    for (size_t i = 0; i < query_bytes; i++) apart += codes[0][i] != codes[1][i];
    CHECK(apart <= 1, "sq%d codes: d %zu, %zu differ", bits, d, apart);
    for (int t = 0; t < 2; t++) {
      const float *got = (float *)(blocks[0] + bytes - 128) + 16 * t + 5;
      const float *expected = (float *)(blocks[1] + bytes - 128) + 16 * t + 5;
      CHECK(close_to(*got, *expected, 1e-5 * (1 + fabs((double)*expected))), "sq%d correction %d: d %zu", bits, t, d);
    }
    CHECK(close_to(spread[0], spread[1], 1e-4 * (1 + (double)spread[1])) &&
              close_to(terms[0].unit, terms[1].unit, 1e-6) && abs(terms[0].sum - terms[1].sum) <= 1 &&
              abs(terms[0].absolute_sum - terms[1].absolute_sum) <= 1 &&
              close_to(terms[0].middle_product, terms[1].middle_product, 1e-5 * (double)d) &&
              close_to(terms[0].residual, terms[1].residual, 1e-5 * (double)d),
          "sq%d terms: d %zu", bits, d);
    release();
  }
}

// MARK: Product quantisation

static const size_t subquantizers[] = {1, 2, 3, 4, 5, 8, 11, 33, 130};
enum { subquantizer_kinds = sizeof subquantizers / sizeof *subquantizers };

static void product_codes_scan_exactly(int bits) {
  for (size_t kind = 0; kind < subquantizer_kinds; kind++)
    for (size_t n = 0; n <= 200; n += n < 70 ? 3 : 29) {
      const size_t m = subquantizers[kind], nq = 1 + random_below(10);
      const size_t lanes = bits == 4 ? rbk_pq4_lanes : rbk_pq8_lanes, stride = n;
      const size_t bytes = bits == 4 ? rbk_pq4_block_bytes(m) : rbk_pq8_block_bytes(m);
      const size_t table_bytes = bits == 4 ? rbk_pq4_table_bytes(m) : rbk_pq8_table_bytes(m);
      const uint8_t *blocks = random_bytes((n + lanes - 1) / lanes * bytes);
      uint8_t *tables = random_bytes(nq * table_bytes);
      for (size_t i = 0; i < nq * table_bytes; i++)
        tables[i] = i % table_bytes >= m << bits ? 0 : bits == 4 ? tables[i] % 64 : tables[i];
      const rbk_pq_corrections corrections = {0.001f, -1, 0x1p-14f};
      rbk_pq_kept *kept[2] = {guarded(nq * stride, sizeof **kept), guarded(nq * stride, sizeof **kept)};
      rbk_pq_query *queries[2] = {guarded(nq, sizeof **queries), guarded(nq, sizeof **queries)};
      const rbk_kernel_table *both[] = {tested, scalar};
      for (int t = 0; t < 2; t++) {
        for (size_t i = 0; i < nq; i++) {
          const rbk_pq_estimate estimate = {0.1f, -0.7f, 0.01f, i == 0 ? INFINITY : (float)(10 * i)};
          queries[t][i] = (rbk_pq_query){tables + i * table_bytes, estimate, kept[t] + i * stride, 99};
        }
        // Nothing is read of the next blocks, so that even an address that has no memory is allowed.
        const uint8_t *next = m % 2 ? NULL : (const uint8_t *)(uintptr_t)4096;
        (bits == 4 ? both[t]->pq->scan4 : both[t]->pq->scan8)(blocks, n, m, next, &corrections, queries[t], nq);
      }
      for (size_t i = 0; i < nq; i++) {
        const rbk_pq_query *got = &queries[0][i], *expected = &queries[1][i];
        CHECK(got->count == expected->count && same(got->kept, expected->kept, got->count * sizeof *got->kept),
              "pq%d scan: m %zu, n %zu, query %zu of %zu", bits, m, n, i, nq);
      }
      CHECK(queries[0][0].count == n, "pq%d scan: m %zu, n %zu: an infinite limit keeps all", bits, m, n);
      release();
    }
}

static void exact_sums_agree(int bits) {
  for (size_t kind = 0; kind < subquantizer_kinds; kind++)
    for (size_t n = 0; n <= 40; n++) {
      const size_t m = subquantizers[kind], vectors = 130;
      const size_t lanes = bits == 4 ? rbk_pq4_lanes : rbk_pq8_lanes;
      const size_t bytes = bits == 4 ? rbk_pq4_block_bytes(m) : rbk_pq8_block_bytes(m);
      const uint8_t *blocks = random_bytes((vectors + lanes - 1) / lanes * bytes);
      const float *tables = random_floats(m << bits);
      uint32_t *index = guarded(n, 4);
      for (size_t i = 0; i < n; i++) index[i] = (uint32_t)random_below(vectors);
      float *got = guarded(n, 4), *expected = guarded(n, 4);
      (bits == 4 ? tested->pq->adc4 : tested->pq->adc8)(blocks, m, tables, index, n, got);
      (bits == 4 ? scalar->pq->adc4 : scalar->pq->adc8)(blocks, m, tables, index, n, expected);
      CHECK(same(got, expected, n * 4), "exact sums of %d bits: m %zu, n %zu", bits, m, n);
      release();
    }
}

static void tables_agree(size_t ksub) {
  for (size_t m = 1; m <= 9; m++)
    for (size_t dsub = 1; dsub <= 9; dsub++) {
      const float *query = random_floats(m * dsub), *codebooks = random_floats(m * dsub * ksub);
      const size_t bytes = ksub == 16 ? rbk_pq4_table_bytes(m) : rbk_pq8_table_bytes(m);
      float *got = guarded(m * ksub, 4), *expected = guarded(m * ksub, 4), *least = guarded(m, 4);
      uint8_t *rounded[2] = {guarded(bytes, 1), guarded(bytes, 1)};
      rbk_pq_bounds bounds[2];
      for (rbk_pq_metric metric = rbk_pq_l2; metric <= rbk_pq_l1; metric++) {
        tested->pq->tables(query, codebooks, m, ksub, dsub, metric, got);
        scalar->pq->tables(query, codebooks, m, ksub, dsub, metric, expected);
        for (size_t i = 0; i < m * ksub; i++)
          CHECK(close_to(got[i], expected[i], 1e-6 * (double)dsub), "tables: m %zu, dsub %zu, entry %zu", m, dsub, i);
      }
      tested->pq->quantize(got, m, ksub, rounded[0], least, &bounds[0]);
      scalar->pq->quantize(got, m, ksub, rounded[1], least, &bounds[1]);
      CHECK(same(rounded[0], rounded[1], bytes) && bounds[0].scale == bounds[1].scale &&
                close_to(bounds[0].bias, bounds[1].bias, 1e-6 * (double)m) &&
                close_to(bounds[0].spread, bounds[1].spread, 1e-6 * (double)m),
            "rounded tables: m %zu, ksub %zu", m, ksub);
      release();
    }
}

// MARK: Checks of files

static void check_is_right(void) {
  for (size_t count = 0; count <= 70; count++) {
    const uint8_t *bytes = random_bytes(count);
    uint32_t expected = 0xFFFFFFFF;
    for (size_t i = 0; i < count; i++) {
      expected ^= bytes[i];
      for (int bit = 0; bit < 8; bit++) expected = expected >> 1 ^ (expected & 1 ? 0x82F63B78 : 0);
    }
    CHECK(rbk_crc32c(0xFFFFFFFF, bytes, count) == expected, "crc32c: %zu bytes", count);
    release();
  }
}

int main(void) {
  static const char *names[] = {"neon-base", "neon", "avx2", "avx512-base", "avx512"};
  scalar = rbk_kernels_for("scalar");
  int found = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    tested = rbk_kernels_for(names[i]);
    if (tested == NULL) continue;
    found = 1;
    const size_t before = failures;
    checks = 0;
    rows_agree();
    every_half_is_its_value();
    hamming_agrees();
    blocks_agree();
    nearest_two_agree();
    sums_agree();
    limits_agree();
    codewords_are_cheapest();
    for (int bits = 4; bits <= 6; bits += 2) {
      scalar_codes_scan_exactly(bits);
      scalar_codes_agree(bits);
    }
    for (int bits = 4; bits <= 8; bits += 4) {
      product_codes_scan_exactly(bits);
      exact_sums_agree(bits);
      tables_agree((size_t)1 << bits);
    }
    check_is_right();
    printf("%s: %zu checks, %zu failed\n", tested->name, checks, failures - before);
  }
  if (!found) printf("this CPU has no instruction set that the kernels use\n");
  return failures > 0 || !found;
}
