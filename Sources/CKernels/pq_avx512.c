#include "pq_tables.h"
#if defined(__x86_64__)
#pragma clang attribute push(                                                                  \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#include "pq_avx512_common.h"

// A byte shuffle has sixteen entries in each quarter of a register: the codes are sorted by subquantizer, a quarter
// each, and a quarter's sums are those of every fourth subquantizer until the end. Sums as in the 8-bit scan of
// pq_avx512vbmi.c: all bytes in pairs, and the odd ones.

typedef struct {
  __m512i low, high;
} pq4_codes;
typedef struct {
  __m512i low_pairs, low_odd, high_pairs, high_odd;
} pq4_sums;
enum { PQ4_QUERIES = 4, PQ4_BLOCKS = 1 };

PQ_INLINE pq4_codes pq4_unpack(const uint8_t *line) {
  const __m512i nibble = _mm512_set1_epi8(15);
  const __m512i within = _mm512_broadcast_i32x4(
      _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  const __m512i across = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i codes = _mm512_permutexvar_epi32(across, _mm512_shuffle_epi8(_mm512_loadu_si512(line), within));
  return (pq4_codes){_mm512_and_si512(codes, nibble), _mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble)};
}
PQ_INLINE pq4_sums pq4_zero(void) {
  const __m512i zero = _mm512_setzero_si512();
  return (pq4_sums){zero, zero, zero, zero};
}
PQ_INLINE pq4_sums pq4_add(pq4_sums sums, pq4_codes codes, const uint8_t *tables) {
  const __m512i entries = _mm512_loadu_si512(tables);
  const __m512i low = _mm512_shuffle_epi8(entries, codes.low), high = _mm512_shuffle_epi8(entries, codes.high);
  sums.low_pairs = _mm512_add_epi16(sums.low_pairs, low);
  sums.low_odd = _mm512_add_epi16(sums.low_odd, _mm512_srli_epi16(low, 8));
  sums.high_pairs = _mm512_add_epi16(sums.high_pairs, high);
  sums.high_odd = _mm512_add_epi16(sums.high_odd, _mm512_srli_epi16(high, 8));
  return sums;
}
/// Sixteen vectors' sums in order, from their quarters.
PQ_INLINE __m256i pq4_total(__m512i pairs, __m512i odd) {
  const __m512i even = _mm512_sub_epi16(pairs, _mm512_slli_epi16(odd, 8));
  const __m512i a = _mm512_unpacklo_epi16(even, odd), b = _mm512_unpackhi_epi16(even, odd);
  const __m256i a2 = _mm256_add_epi16(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
  const __m256i b2 = _mm256_add_epi16(_mm512_castsi512_si256(b), _mm512_extracti64x4_epi64(b, 1));
  return _mm256_add_epi16(_mm256_permute2x128_si256(a2, b2, 0x20), _mm256_permute2x128_si256(a2, b2, 0x31));
}
PQ_INLINE void pq4_totals(pq4_sums sums, pq_ints *totals) {
  const __m512i low = _mm512_cvtepu16_epi32(pq4_total(sums.low_pairs, sums.low_odd));
  const __m512i high = _mm512_cvtepu16_epi32(pq4_total(sums.high_pairs, sums.high_odd));
  memcpy(&totals[0], &low, 64);
  memcpy(&totals[1], &high, 64);
}
#include "pq_scan4.h"

const rbk_pq_kernels rbk_pq_avx512 = {
    pq_distance_tables, pq_quantize, scan4, rbk_pq_scan8_loads, pq_adc4, rbk_pq_adc8_loads,
};
#pragma clang attribute pop
#endif
