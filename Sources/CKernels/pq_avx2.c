#include "pq_tables.h"
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define PQ_AVX2
#include "pq_common.h"

// A byte shuffle looks sixteen entries up in each half of a register. Sums have 16 bits and are kept twice: of all bytes
// in pairs as they are, and of the odd ones, which are then taken from the pairs. Multiplications stand for shifts, which
// would compete with the look-ups for the shuffle units.

typedef struct {
  __m256i pairs, odd;
} pq_sums;

PQ_INLINE pq_sums pq_no_sums(void) { return (pq_sums){_mm256_setzero_si256(), _mm256_setzero_si256()}; }
PQ_INLINE void pq_add(pq_sums *sums, __m256i entries) {
  sums->pairs = _mm256_add_epi16(sums->pairs, entries);
  sums->odd = _mm256_add_epi16(sums->odd, _mm256_maddubs_epi16(entries, _mm256_set1_epi16(0x0100)));
}
PQ_INLINE __m256i pq_even(pq_sums sums) { return _mm256_sub_epi16(sums.pairs, _mm256_slli_epi16(sums.odd, 8)); }
/// Sixteen sums, given as 0…3 and 8…11, 4…7 and 12…15.
PQ_INLINE void pq_widen_sums(pq_ints *to, __m256i from) {
  const __m256i zero = _mm256_setzero_si256();
  _mm256_storeu_si256((__m256i *)to, _mm256_unpacklo_epi16(from, zero));
  _mm256_storeu_si256((__m256i *)to + 1, _mm256_unpackhi_epi16(from, zero));
}
/// How far ahead of a scan memory is asked for. Less comes late, and more is often past the end of a list (lists of 512
/// vectors of 192 codes, from memory: 40 cycles a vector without, 23 with it).
enum { pq_distance = 4096 };

/// The memory to ask for while the first `blocks` of `left` blocks are scanned: later ones, or towards the end the `next`
/// ones from their first on. What is scanned itself where there are none.
PQ_INLINE const uint8_t *pq_ahead(const uint8_t *from, const int blocks, size_t block_bytes, size_t left,
                                  const uint8_t *next) {
  const size_t bytes = left * block_bytes, least = next ? (size_t)blocks * block_bytes : 1;
  if (bytes >= pq_distance + least || next == from + bytes) return from + pq_distance;
  if (!next) return from;
  return bytes < pq_distance ? next + (pq_distance - bytes) : next;
}

PQ_INLINE __m256i pq_table(const uint8_t *entries) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)entries));
}

// MARK: 4 bits
// Two blocks are sorted by subquantizer together, so that nothing crosses the halves of a register: a register holds one
// subquantizer of vectors 0…3 and 8…11 of either block in its lower half, of 4…7 and 12…15 in its upper one. The entries
// of the four subquantizers of a line add up to 255 at most, and so are added as bytes: 5½ vector instructions for 32
// entries where one query is alone, and 2½ where queries share the sorted codes. A block that is left over has two
// subquantizers in a register, a half each, which adds a move across the halves.

/// The sums of the low and high nibbles of one or two blocks.
typedef struct {
  pq_sums low, high;
} pq4_sums;
/// Lines of sorted codes that are kept for the queries that share them.
enum { pq4_lines = 32 };

/// What sorts and unpacks codes; made before a loop.
typedef struct {
  __m256i within, nibble, sixteenth;
} pq4_mover;

PQ_INLINE pq4_mover pq4_make_mover(void) {
  const __m128i within = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  pq4_mover mover = {_mm256_broadcastsi128_si256(within), _mm256_set1_epi8(15), _mm256_set1_epi16(1 << 12)};
  // Hides the numbers from the compiler: it would merge two shuffles of two registers into four, shift instead of
  // multiplying, and read the numbers again for each line.
  __asm__("" : "+x"(mover.within), "+x"(mover.nibble), "+x"(mover.sixteenth));
  return mover;
}

/// Thirty-two bytes of a line, sorted by subquantizer within each half.
PQ_INLINE __m256i pq4_half_line(pq4_mover mover, const uint8_t *bytes) {
  return _mm256_shuffle_epi8(_mm256_loadu_si256((const void *)bytes), mover.within);
}

/// A line of a block, and of the one `bytes` behind it, in 2·blocks registers.
PQ_INLINE void pq4_sort(pq4_mover mover, const uint8_t *line, size_t bytes, const int blocks, __m256i *sorted) {
  const __m256i a0 = pq4_half_line(mover, line), a1 = pq4_half_line(mover, line + 32);
  const __m256i a01 = _mm256_unpacklo_epi32(a0, a1), a23 = _mm256_unpackhi_epi32(a0, a1);
  if (blocks == 1) {
    sorted[0] = _mm256_permute4x64_epi64(a01, _MM_SHUFFLE(3, 1, 2, 0));
    sorted[1] = _mm256_permute4x64_epi64(a23, _MM_SHUFFLE(3, 1, 2, 0));
    return;
  }
  const __m256i b0 = pq4_half_line(mover, line + bytes), b1 = pq4_half_line(mover, line + bytes + 32);
  const __m256i b01 = _mm256_unpacklo_epi32(b0, b1), b23 = _mm256_unpackhi_epi32(b0, b1);
  sorted[0] = _mm256_unpacklo_epi64(a01, b01);
  sorted[1] = _mm256_unpackhi_epi64(a01, b01);
  sorted[2] = _mm256_unpacklo_epi64(a23, b23);
  sorted[3] = _mm256_unpackhi_epi64(a23, b23);
}
/// The same line unpacked.
PQ_INLINE void pq4_unpack(pq4_mover mover, const uint8_t *line, size_t bytes, const int blocks, __m256i *low,
                          __m256i *high) {
  __m256i sorted[4];
  pq4_sort(mover, line, bytes, blocks, sorted);
  for (int part = 0; part < 2 * blocks; part++) {
    low[part] = _mm256_and_si256(sorted[part], mover.nibble);
    high[part] = _mm256_and_si256(_mm256_mulhi_epu16(sorted[part], mover.sixteenth), mover.nibble);
  }
}

/// The entries that sorted register `part` of a line chooses from.
PQ_INLINE __m256i pq4_entries(const uint8_t *tables, const int blocks, int part) {
  return blocks == 1 ? _mm256_loadu_si256((const void *)(tables + 32 * part)) : pq_table(tables + 16 * part);
}

/// Sixteen sums of block b as `pq_widen_sums` takes them.
PQ_INLINE __m256i pq4_total(pq_sums sums, const int blocks, int b) {
  if (blocks == 1) {
    sums.pairs = _mm256_add_epi16(sums.pairs, _mm256_permute2x128_si256(sums.pairs, sums.pairs, 1));
    sums.odd = _mm256_add_epi16(sums.odd, _mm256_permute2x128_si256(sums.odd, sums.odd, 1));
  }
  const __m256i even = pq_even(sums);
  const __m256i first = _mm256_unpacklo_epi16(even, sums.odd), second = _mm256_unpackhi_epi16(even, sums.odd);
  if (blocks == 1) return _mm256_blend_epi32(first, second, 0xF0);
  return b == 0 ? first : second;
}

/// Adds the entries of a line's vectors, given its unpacked codes.
PQ_INLINE void pq4_add(pq4_sums *sums, const __m256i *low, const __m256i *high, const uint8_t *tables,
                       const int blocks) {
  __m256i low_entries = _mm256_setzero_si256(), high_entries = low_entries;
  for (int part = 0; part < 2 * blocks; part++) {
    const __m256i entries = pq4_entries(tables, blocks, part);
    low_entries = _mm256_add_epi8(low_entries, _mm256_shuffle_epi8(entries, low[part]));
    high_entries = _mm256_add_epi8(high_entries, _mm256_shuffle_epi8(entries, high[part]));
  }
  pq_add(&sums->low, low_entries);
  pq_add(&sums->high, high_entries);
}

/// Appends what `nq` queries keep of one or two blocks.
PQ_INLINE void pq4_keep(const pq4_sums *sums, const uint8_t *from, const int blocks, size_t m, size_t first, size_t n,
                        const rbk_pq_corrections *corrections, const pq_prefilter *prefilters, rbk_pq_query *queries,
                        size_t nq) {
#pragma clang loop unroll(full)  // Otherwise the sums of both blocks go through memory.
  for (int b = 0; b < blocks; b++) {
    pq_corrected corrected[2];
    const uint8_t *stored = from + (size_t)b * rbk_pq4_block_bytes(m) + rbk_pq4_code_bytes(m);
    pq_correct(corrections, stored, rbk_pq4_lanes, corrected);
    for (size_t i = 0; i < nq; i++) {
      pq_ints totals[2];
      pq_widen_sums(&totals[0], pq4_total(sums[i].low, blocks, b));
      pq_widen_sums(&totals[1], pq4_total(sums[i].high, blocks, b));
      pq_keep(corrections, stored, corrected, totals, rbk_pq4_lanes, first + (size_t)b * rbk_pq4_lanes, n,
              &prefilters[i], &queries[i]);
    }
  }
}

/// Asks for the memory `ahead` of a line, of two where two blocks are read.
PQ_INLINE void pq4_prefetch(const uint8_t *ahead, const int blocks, size_t line) {
  for (int b = 0; b < blocks; b++) __builtin_prefetch(ahead + (size_t)blocks * line + 64 * (size_t)b, 0, 3);
}

/// One or two blocks for one query.
PQ_INLINE void pq4_one(const uint8_t *from, const int blocks, size_t m, size_t first, size_t n, const uint8_t *next,
                       const rbk_pq_corrections *corrections, const pq_prefilter *prefilter, rbk_pq_query *query) {
  const size_t bytes = rbk_pq4_block_bytes(m);
  const uint8_t *ahead = pq_ahead(from, blocks, bytes, (n - first + rbk_pq4_lanes - 1) / rbk_pq4_lanes, next);
  const pq4_mover mover = pq4_make_mover();
  const uint8_t *tables = query->tables;
  pq4_sums sums = {pq_no_sums(), pq_no_sums()};
  for (size_t line = 0; line < rbk_pq4_table_bytes(m); line += 64) {
    __m256i low[4], high[4];
    pq4_unpack(mover, from + line, bytes, blocks, low, high);
    pq4_prefetch(ahead, blocks, line);
    pq4_add(&sums, low, high, tables + line, blocks);
  }
  for (size_t line = rbk_pq4_code_bytes(m); line < bytes; line += 64) pq4_prefetch(ahead, blocks, line);
  pq4_keep(&sums, from, blocks, m, first, n, corrections, prefilter, query, 1);
}

/// One or two blocks for up to pq_together queries.
PQ_INLINE void pq4_many(const uint8_t *from, const int blocks, size_t m, size_t first, size_t n, const uint8_t *next,
                        const rbk_pq_corrections *corrections, const pq_prefilter *prefilters, rbk_pq_query *queries,
                        size_t nq) {
  const size_t table_bytes = rbk_pq4_table_bytes(m), bytes = rbk_pq4_block_bytes(m);
  const uint8_t *ahead = pq_ahead(from, blocks, bytes, (n - first + rbk_pq4_lanes - 1) / rbk_pq4_lanes, next);
  const pq4_mover mover = pq4_make_mover();
  __m256i low[pq4_lines][4], high[pq4_lines][4];
  pq4_sums sums[pq_together];
  for (size_t i = 0; i < nq; i++) sums[i] = (pq4_sums){pq_no_sums(), pq_no_sums()};
  for (size_t start = 0; start < table_bytes; start += 64 * pq4_lines) {
    const size_t left = (table_bytes - start) / 64, lines = left < pq4_lines ? left : pq4_lines;
    for (size_t line = 0; line < lines; line++) {
      pq4_unpack(mover, from + start + 64 * line, bytes, blocks, low[line], high[line]);
      pq4_prefetch(ahead, blocks, start + 64 * line);
    }
    for (size_t i = 0; i < nq; i++) {
      const uint8_t *table = queries[i].tables + start;
      pq4_sums sum = sums[i];
      for (size_t line = 0; line < lines; line++) pq4_add(&sum, low[line], high[line], table + 64 * line, blocks);
      sums[i] = sum;
    }
  }
  pq4_keep(sums, from, blocks, m, first, n, corrections, prefilters, queries, nq);
}

static void scan4_some(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                       const rbk_pq_corrections *corrections, const pq_prefilter *prefilters,
                       rbk_pq_query *queries, size_t nq) {
  const size_t bytes = rbk_pq4_block_bytes(m);
  size_t first = 0;
  for (; first + rbk_pq4_lanes < n; first += 2 * rbk_pq4_lanes, blocks += 2 * bytes) {
    if (nq == 1) pq4_one(blocks, 2, m, first, n, next, corrections, prefilters, queries);
    if (nq > 1) pq4_many(blocks, 2, m, first, n, next, corrections, prefilters, queries, nq);
  }
  if (first >= n) return;
  if (nq == 1) pq4_one(blocks, 1, m, first, n, next, corrections, prefilters, queries);
  if (nq > 1) pq4_many(blocks, 1, m, first, n, next, corrections, prefilters, queries, nq);
}

static void scan4(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                  const rbk_pq_corrections *corrections, rbk_pq_query *queries, size_t nq) {
  pq_scan_all(scan4_some, blocks, n, m, next, corrections, queries, nq);
}

// MARK: 8 bits
// 256 entries are sixteen shuffles. A shuffle gives zero where the highest bit of a code is set, which chooses between
// the halves of a table; blends by the next three bits choose among what is left.

PQ_INLINE __m256i pq8_entries(const uint8_t *table, __m256i codes) {
  const __m256i upper = _mm256_xor_si256(codes, _mm256_set1_epi8((char)0x80));
  const __m256i bit6 = _mm256_add_epi8(codes, codes), bit5 = _mm256_add_epi8(bit6, bit6);
  const __m256i bit4 = _mm256_add_epi8(bit5, bit5);
  __m256i found[8];
  for (int k = 0; k < 8; k++)
    found[k] = _mm256_or_si256(_mm256_shuffle_epi8(pq_table(table + 16 * k), codes),
                               _mm256_shuffle_epi8(pq_table(table + 16 * k + 128), upper));
  for (int k = 0; k < 4; k++) found[k] = _mm256_blendv_epi8(found[2 * k], found[2 * k + 1], bit4);
  for (int k = 0; k < 2; k++) found[k] = _mm256_blendv_epi8(found[2 * k], found[2 * k + 1], bit5);
  return _mm256_blendv_epi8(found[0], found[1], bit6);
}

static void scan8_some(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                       const rbk_pq_corrections *corrections, const pq_prefilter *prefilters,
                       rbk_pq_query *queries, size_t nq) {
  const size_t bytes = rbk_pq8_block_bytes(m);
  for (size_t first = 0; first < n; first += rbk_pq8_lanes, blocks += bytes) {
    const uint8_t *ahead = pq_ahead(blocks, 1, bytes, (n - first + rbk_pq8_lanes - 1) / rbk_pq8_lanes, next);
    pq_corrected corrected[4];
    const uint8_t *stored = blocks + rbk_pq8_code_bytes(m);
    pq_correct(corrections, stored, rbk_pq8_lanes, corrected);
    for (size_t i = 0; i < nq; i++) {
      const uint8_t *table = queries[i].tables;
      pq_sums sums[2] = {pq_no_sums(), pq_no_sums()};
      for (size_t s = 0; s < m; s++, table += 256) {
        if (i == 0) __builtin_prefetch(ahead + 64 * s, 0, 3);
        for (int half = 0; half < 2; half++)
          pq_add(&sums[half], pq8_entries(table, _mm256_loadu_si256((const void *)(blocks + 64 * s + 32 * half))));
      }
      pq_ints totals[4];
      for (int half = 0; half < 2; half++) {
        pq_widen_sums(&totals[half], _mm256_permute4x64_epi64(pq_even(sums[half]), _MM_SHUFFLE(3, 1, 2, 0)));
        pq_widen_sums(&totals[half + 2], _mm256_permute4x64_epi64(sums[half].odd, _MM_SHUFFLE(3, 1, 2, 0)));
      }
      pq_keep(corrections, stored, corrected, totals, rbk_pq8_lanes, first, n, &prefilters[i], &queries[i]);
    }
  }
}

static void scan8(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                  const rbk_pq_corrections *corrections, rbk_pq_query *queries, size_t nq) {
  pq_scan_all(scan8_some, blocks, n, m, next, corrections, queries, nq);
}

const rbk_pq_kernels rbk_pq_avx2 = {
    pq_distance_tables, pq_quantize, scan4, scan8, rbk_pq_adc4_loads, rbk_pq_adc8_loads,
};
#pragma clang attribute pop
#endif
