#include "pq_tables.h"
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "pq_common.h"

// As in pq_avx512.c, with the codes of two subquantizers in a register, a half each, in the order of the vectors
// 0…3, 8…11, 4…7, 12…15.

typedef struct {
  __m256i low[2], high[2];
} pq4_codes;
typedef struct {
  __m256i low_pairs, low_odd, high_pairs, high_odd;
} pq4_sums;
enum { PQ4_QUERIES = 2, PQ4_BLOCKS = 2 };

PQ_INLINE pq4_codes pq4_unpack(const uint8_t *line) {
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i within = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  const __m256i a = _mm256_shuffle_epi8(_mm256_loadu_si256((const void *)line), within);
  const __m256i b = _mm256_shuffle_epi8(_mm256_loadu_si256((const void *)(line + 32)), within);
  const __m256i first = _mm256_permute4x64_epi64(_mm256_unpacklo_epi32(a, b), _MM_SHUFFLE(3, 1, 2, 0));
  const __m256i second = _mm256_permute4x64_epi64(_mm256_unpackhi_epi32(a, b), _MM_SHUFFLE(3, 1, 2, 0));
  return (pq4_codes){{_mm256_and_si256(first, nibble), _mm256_and_si256(second, nibble)},
                     {_mm256_and_si256(_mm256_srli_epi16(first, 4), nibble),
                      _mm256_and_si256(_mm256_srli_epi16(second, 4), nibble)}};
}
PQ_INLINE pq4_sums pq4_zero(void) {
  const __m256i zero = _mm256_setzero_si256();
  return (pq4_sums){zero, zero, zero, zero};
}
PQ_INLINE pq4_sums pq4_add(pq4_sums sums, pq4_codes codes, const uint8_t *tables) {
  for (int half = 0; half < 2; half++) {
    const __m256i entries = _mm256_loadu_si256((const void *)(tables + half * 32));
    const __m256i low = _mm256_shuffle_epi8(entries, codes.low[half]);
    const __m256i high = _mm256_shuffle_epi8(entries, codes.high[half]);
    sums.low_pairs = _mm256_add_epi16(sums.low_pairs, low);
    sums.low_odd = _mm256_add_epi16(sums.low_odd, _mm256_srli_epi16(low, 8));
    sums.high_pairs = _mm256_add_epi16(sums.high_pairs, high);
    sums.high_odd = _mm256_add_epi16(sums.high_odd, _mm256_srli_epi16(high, 8));
  }
  return sums;
}
/// Sixteen vectors' sums in order, from their halves.
PQ_INLINE __m256i pq4_total(__m256i pairs, __m256i odd) {
  const __m256i even = _mm256_sub_epi16(pairs, _mm256_slli_epi16(odd, 8));
  const __m256i a = _mm256_unpacklo_epi16(even, odd), b = _mm256_unpackhi_epi16(even, odd);
  const __m128i a1 = _mm_add_epi16(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  const __m128i b1 = _mm_add_epi16(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1));
  return _mm256_set_m128i(_mm_unpackhi_epi64(a1, b1), _mm_unpacklo_epi64(a1, b1));
}
PQ_INLINE void pq4_totals(pq4_sums sums, pq_ints *totals) {
  pq_shorts low, high;
  const __m256i a = pq4_total(sums.low_pairs, sums.low_odd), b = pq4_total(sums.high_pairs, sums.high_odd);
  memcpy(&low, &a, sizeof low);
  memcpy(&high, &b, sizeof high);
  totals[0] = __builtin_convertvector(low, pq_ints);
  totals[1] = __builtin_convertvector(high, pq_ints);
}
#include "pq_scan4.h"

const rbk_pq_kernels rbk_pq_avx2 = {
    pq_distance_tables, pq_quantize, scan4, rbk_pq_scan8_loads, rbk_pq_adc4_loads, rbk_pq_adc8_loads,
};
#pragma clang attribute pop
#endif
