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
PQ_INLINE __m256i pq_table(const uint8_t *entries) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)entries));
}

// MARK: 4 bits
// Two blocks are sorted by subquantizer together, so that nothing crosses the halves of a register: a register holds one
// subquantizer of vectors 0…3 and 8…11 of either block in its lower half, of 4…7 and 12…15 in its upper one. That is 7
// vector instructions for 32 entries where one query is alone, and 4 where queries share the sorted codes.

/// The sums of the low and high nibbles of two blocks.
typedef struct {
  pq_sums low, high;
} pq4_sums;
enum {
  /// Queries that share sorted codes.
  pq4_queries = 8,
  /// Lines of sorted codes that are kept for them.
  pq4_lines = 32,
};

/// Thirty-two bytes of a line, sorted by subquantizer within each half.
PQ_INLINE __m256i pq4_half_line(const uint8_t *bytes) {
  const __m256i within = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  __m256i sorted = _mm256_shuffle_epi8(_mm256_loadu_si256((const void *)bytes), within);
  // Hides the shuffle from the compiler, which would make four of two by merging it with the next one.
  __asm__("" : "+x"(sorted));
  return sorted;
}
PQ_INLINE void pq4_sort(const uint8_t *a, const uint8_t *b, __m256i *sorted) {
  const __m256i a0 = pq4_half_line(a), a1 = pq4_half_line(a + 32);
  const __m256i b0 = pq4_half_line(b), b1 = pq4_half_line(b + 32);
  const __m256i a01 = _mm256_unpacklo_epi32(a0, a1), a23 = _mm256_unpackhi_epi32(a0, a1);
  const __m256i b01 = _mm256_unpacklo_epi32(b0, b1), b23 = _mm256_unpackhi_epi32(b0, b1);
  sorted[0] = _mm256_unpacklo_epi64(a01, b01);
  sorted[1] = _mm256_unpackhi_epi64(a01, b01);
  sorted[2] = _mm256_unpacklo_epi64(a23, b23);
  sorted[3] = _mm256_unpackhi_epi64(a23, b23);
}
PQ_INLINE __m256i pq4_low(__m256i codes) { return _mm256_and_si256(codes, _mm256_set1_epi8(15)); }
PQ_INLINE __m256i pq4_high(__m256i codes) {
  __m256i sixteenth = _mm256_set1_epi16(1 << 12);
  // Hides the number from the compiler, which would shift.
  __asm__("" : "+x"(sixteenth));
  return pq4_low(_mm256_mulhi_epu16(codes, sixteenth));
}

/// Appends what one query keeps of two blocks, of which the second may lie past the last vector.
PQ_INLINE void pq4_keep_pair(const pq4_sums *sums, const uint8_t *from, size_t m, size_t first, size_t n,
                             const rbk_pq_estimate *estimate, rbk_pq_kept *kept, size_t *count) {
  const __m256i low = pq_even(sums->low), high = pq_even(sums->high);
  pq_ints totals[2];
  pq_widen_sums(&totals[0], _mm256_unpacklo_epi16(low, sums->low.odd));
  pq_widen_sums(&totals[1], _mm256_unpacklo_epi16(high, sums->high.odd));
  pq4_keep(from, m, totals, first, n, estimate, kept, count);
  if (n - first <= rbk_pq4_lanes) return;
  pq_widen_sums(&totals[0], _mm256_unpackhi_epi16(low, sums->low.odd));
  pq_widen_sums(&totals[1], _mm256_unpackhi_epi16(high, sums->high.odd));
  pq4_keep(from + rbk_pq4_block_bytes(m), m, totals, first + rbk_pq4_lanes, n, estimate, kept, count);
}

static void pq4_one(const uint8_t *blocks, size_t n, size_t m, const uint8_t *tables, const rbk_pq_estimate *estimate,
                    rbk_pq_kept *kept, size_t *count) {
  const size_t bytes = rbk_pq4_block_bytes(m);
  for (size_t first = 0; first < n; first += 2 * rbk_pq4_lanes, blocks += 2 * bytes) {
    const uint8_t *second = n - first > rbk_pq4_lanes ? blocks + bytes : blocks;
    pq4_sums sums = {pq_no_sums(), pq_no_sums()};
    for (size_t line = 0; line < rbk_pq4_table_bytes(m); line += 64) {
      __m256i sorted[4];
      pq4_sort(blocks + line, second + line, sorted);
      for (int s = 0; s < 4; s++) {
        const __m256i entries = pq_table(tables + line + 16 * s);
        pq_add(&sums.low, _mm256_shuffle_epi8(entries, pq4_low(sorted[s])));
        pq_add(&sums.high, _mm256_shuffle_epi8(entries, pq4_high(sorted[s])));
      }
    }
    pq4_keep_pair(&sums, blocks, m, first, n, estimate, kept, count);
  }
}

/// Up to pq4_queries queries.
static void pq4_many(const uint8_t *blocks, size_t n, size_t m, const uint8_t *tables, size_t nq,
                     const rbk_pq_estimate *estimates, rbk_pq_kept *kept, size_t stride, size_t *counts) {
  const size_t bytes = rbk_pq4_block_bytes(m), table_bytes = rbk_pq4_table_bytes(m);
  __m256i codes[pq4_lines][8];
  for (size_t first = 0; first < n; first += 2 * rbk_pq4_lanes, blocks += 2 * bytes) {
    const uint8_t *second = n - first > rbk_pq4_lanes ? blocks + bytes : blocks;
    pq4_sums sums[pq4_queries];
    for (size_t i = 0; i < nq; i++) sums[i] = (pq4_sums){pq_no_sums(), pq_no_sums()};
    for (size_t from = 0; from < table_bytes; from += 64 * pq4_lines) {
      const size_t left = (table_bytes - from) / 64, lines = left < pq4_lines ? left : pq4_lines;
      for (size_t line = 0; line < lines; line++) {
        __m256i sorted[4];
        pq4_sort(blocks + from + 64 * line, second + from + 64 * line, sorted);
        for (int s = 0; s < 4; s++) {
          codes[line][2 * s] = pq4_low(sorted[s]);
          codes[line][2 * s + 1] = pq4_high(sorted[s]);
        }
      }
      for (size_t i = 0; i < nq; i++) {
        const uint8_t *table = tables + i * table_bytes + from;
        pq4_sums sum = sums[i];
        for (size_t line = 0; line < lines; line++, table += 64)
          for (int s = 0; s < 4; s++) {
            const __m256i entries = pq_table(table + 16 * s);
            pq_add(&sum.low, _mm256_shuffle_epi8(entries, codes[line][2 * s]));
            pq_add(&sum.high, _mm256_shuffle_epi8(entries, codes[line][2 * s + 1]));
          }
        sums[i] = sum;
      }
    }
    for (size_t i = 0; i < nq; i++)
      pq4_keep_pair(&sums[i], blocks, m, first, n, &estimates[i], kept + i * stride, &counts[i]);
  }
}

static void scan4(const uint8_t *blocks, size_t n, size_t m, const uint8_t *tables, size_t nq,
                  const rbk_pq_estimate *estimates, rbk_pq_kept *kept, size_t stride, size_t *counts) {
  for (size_t i = 0; i < nq; i++) counts[i] = 0;
  if (nq == 1) return pq4_one(blocks, n, m, tables, estimates, kept, counts);
  for (size_t i = 0; i < nq; i += pq4_queries)
    pq4_many(blocks, n, m, tables + i * rbk_pq4_table_bytes(m), nq - i < pq4_queries ? nq - i : pq4_queries,
             estimates + i, kept + i * stride, stride, counts + i);
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

static void scan8(const uint8_t *blocks, size_t n, size_t m, const uint8_t *tables, size_t nq,
                  const rbk_pq_estimate *estimates, rbk_pq_kept *kept, size_t stride, size_t *counts) {
  for (size_t i = 0; i < nq; i++) counts[i] = 0;
  for (size_t first = 0; first < n; first += rbk_pq8_lanes, blocks += rbk_pq8_block_bytes(m))
    for (size_t i = 0; i < nq; i++) {
      const uint8_t *table = tables + i * rbk_pq8_table_bytes(m);
      pq_sums sums[2] = {pq_no_sums(), pq_no_sums()};
      for (size_t s = 0; s < m; s++, table += 256)
        for (int half = 0; half < 2; half++)
          pq_add(&sums[half], pq8_entries(table, _mm256_loadu_si256((const void *)(blocks + 64 * s + 32 * half))));
      pq_ints totals[4];
      for (int half = 0; half < 2; half++) {
        pq_widen_sums(&totals[half], _mm256_permute4x64_epi64(pq_even(sums[half]), _MM_SHUFFLE(3, 1, 2, 0)));
        pq_widen_sums(&totals[half + 2], _mm256_permute4x64_epi64(sums[half].odd, _MM_SHUFFLE(3, 1, 2, 0)));
      }
      pq8_keep(blocks, m, totals, first, n, &estimates[i], kept + i * stride, &counts[i]);
    }
}

const rbk_pq_kernels rbk_pq_avx2 = {
    pq_distance_tables, pq_quantize, scan4, scan8, rbk_pq_adc4_loads, rbk_pq_adc8_loads,
};
#pragma clang attribute pop
#endif
