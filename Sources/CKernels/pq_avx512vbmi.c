#include "pq_tables.h"
#if defined(__x86_64__)
#pragma clang attribute push(                                                                                        \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,avx2,fma"))), apply_to = function)
#include "pq_avx512_common.h"

// MARK: 4 bits
// A byte permutation has 64 entries to choose from: the tables of four subquantizers, the one that bits 4 and 5 name.
// Four adjacent bytes are one vector's, so a multiply-add by ones widens and sums: two instructions for 64 entries.

typedef struct {
  __m512i low, high;
} pq4_codes;
typedef struct {
  __m512i low, high;
} pq4_sums;
enum { PQ4_QUERIES = 8, PQ4_BLOCKS = 1 };

PQ_INLINE pq4_codes pq4_unpack(const uint8_t *line) {
  const __m512i nibble = _mm512_set1_epi8(15), table = _mm512_set1_epi32(0x30201000);
  const __m512i codes = _mm512_loadu_si512(line);
  enum { a_and_b_or_c = 0xEA };
  return (pq4_codes){_mm512_ternarylogic_epi32(codes, nibble, table, a_and_b_or_c),
                     _mm512_ternarylogic_epi32(_mm512_srli_epi16(codes, 4), nibble, table, a_and_b_or_c)};
}
PQ_INLINE pq4_sums pq4_zero(void) { return (pq4_sums){_mm512_setzero_si512(), _mm512_setzero_si512()}; }
PQ_INLINE pq4_sums pq4_add(pq4_sums sums, pq4_codes codes, const uint8_t *tables) {
  const __m512i entries = _mm512_loadu_si512(tables), ones = _mm512_set1_epi8(1);
  return (pq4_sums){_mm512_dpbusd_epi32(sums.low, _mm512_permutexvar_epi8(codes.low, entries), ones),
                    _mm512_dpbusd_epi32(sums.high, _mm512_permutexvar_epi8(codes.high, entries), ones)};
}
PQ_INLINE void pq4_totals(pq4_sums sums, pq_ints *totals) {
  memcpy(&totals[0], &sums.low, 64);
  memcpy(&totals[1], &sums.high, 64);
}
#include "pq_scan4.h"

// MARK: 8 bits
// 256 entries are four registers: four permutations by six bits, the upper two choose by masks. Sums of 16 bits: all
// bytes in pairs as they are, and the odd ones, which are then taken from the pairs.

typedef struct {
  __m512i pairs, odd;
} pq8_sums;
enum { pq8_queries = 2, pq8_blocks = 4 };

PQ_INLINE void pq8_tile(const uint8_t *from, const int blocks, size_t m, size_t first, size_t n,
                        const rbk_pq_corrections *corrections, const pq_prefilter *prefilters, rbk_pq_query *queries,
                        const int nq) {
  const size_t bytes = rbk_pq8_block_bytes(m);
  pq8_sums sums[pq8_queries][pq8_blocks];
  for (int i = 0; i < nq; i++)
    for (int b = 0; b < blocks; b++) sums[i][b] = (pq8_sums){_mm512_setzero_si512(), _mm512_setzero_si512()};
  for (size_t s = 0; s < m; s++) {
    __m512i entries[pq8_queries][4];
    for (int i = 0; i < nq; i++)
      for (int part = 0; part < 4; part++)
        entries[i][part] = _mm512_loadu_si512(queries[i].tables + s * 256 + part * 64);
    for (int b = 0; b < blocks; b++) {
      const __m512i codes = _mm512_loadu_si512(from + (size_t)b * bytes + s * 64);
      _mm_prefetch((const char *)(from + (size_t)(b + pq8_blocks) * bytes + s * 64), _MM_HINT_T0);
      const __mmask64 bit7 = _mm512_movepi8_mask(codes), bit6 = _mm512_test_epi8_mask(codes, _mm512_set1_epi8(64));
      for (int i = 0; i < nq; i++) {
        __m512i low = _mm512_permutexvar_epi8(codes, entries[i][0]);
        low = _mm512_mask_permutexvar_epi8(low, bit6, codes, entries[i][1]);
        __m512i high = _mm512_permutexvar_epi8(codes, entries[i][2]);
        high = _mm512_mask_permutexvar_epi8(high, bit6, codes, entries[i][3]);
        const __m512i found = _mm512_mask_blend_epi8(bit7, low, high);
        sums[i][b].pairs = _mm512_add_epi16(sums[i][b].pairs, found);
        sums[i][b].odd = _mm512_add_epi16(sums[i][b].odd, _mm512_srli_epi16(found, 8));
      }
    }
  }
  for (int b = 0; b < blocks; b++) {
    pq_corrected corrected[4];
    const uint8_t *stored = from + (size_t)b * bytes + rbk_pq8_code_bytes(m);
    pq_correct(corrections, stored, rbk_pq8_lanes, corrected);
    for (int i = 0; i < nq; i++) {
      const __m512i odd = sums[i][b].odd, even = _mm512_sub_epi16(sums[i][b].pairs, _mm512_slli_epi16(odd, 8));
      pq_ints totals[4];
      for (int part = 0; part < 4; part++) {
        const __m512i half = part < 2 ? even : odd;
        const __m512i wide = _mm512_cvtepu16_epi32(part % 2 ? _mm512_extracti64x4_epi64(half, 1)
                                                            : _mm512_castsi512_si256(half));
        memcpy(&totals[part], &wide, sizeof wide);
      }
      pq_keep(corrections, stored, corrected, totals, rbk_pq8_lanes, first + (size_t)b * rbk_pq8_lanes, n, &prefilters[i],
              &queries[i]);
    }
  }
}

/// All queries over a few blocks, two at a time, while the blocks are in the nearest cache.
PQ_INLINE void pq8_tiles(const uint8_t *from, const int blocks, size_t m, size_t first, size_t n,
                         const rbk_pq_corrections *corrections, const pq_prefilter *prefilters, rbk_pq_query *queries,
                         size_t nq) {
  size_t i = 0;
  for (; i + pq8_queries <= nq; i += pq8_queries)
    pq8_tile(from, blocks, m, first, n, corrections, prefilters + i, queries + i, pq8_queries);
  for (; i < nq; i++) pq8_tile(from, blocks, m, first, n, corrections, prefilters + i, queries + i, 1);
}

static void scan8_some(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                       const rbk_pq_corrections *corrections, const pq_prefilter *prefilters,
                       rbk_pq_query *queries, size_t nq) {
  (void)next;
  const size_t bytes = rbk_pq8_block_bytes(m);
  size_t first = 0;
  for (; first + (pq8_blocks - 1) * rbk_pq8_lanes < n; first += pq8_blocks * rbk_pq8_lanes)
    pq8_tiles(blocks + first / rbk_pq8_lanes * bytes, pq8_blocks, m, first, n, corrections, prefilters,
              queries, nq);
  for (; first < n; first += rbk_pq8_lanes)
    pq8_tiles(blocks + first / rbk_pq8_lanes * bytes, 1, m, first, n, corrections, prefilters, queries, nq);
}

static void scan8(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                  const rbk_pq_corrections *corrections, rbk_pq_query *queries, size_t nq) {
  pq_scan_all(scan8_some, blocks, n, m, next, corrections, queries, nq);
}

const rbk_pq_kernels rbk_pq_avx512vbmi = {
    pq_distance_tables, pq_quantize, scan4, scan8, pq_adc4, rbk_pq_adc8_loads,
};
#pragma clang attribute pop
#endif
