// What both AVX-512 files have in common, compiled by each.
#pragma once
#include "pq_common.h"
#include <immintrin.h>

/// Sixteen vectors at once: their dwords of a line are gathered, each subquantizer's sixteen entries are a register.
static void pq_adc4(const uint8_t *blocks, size_t m, const float *tables, const uint32_t *index, size_t n, float *out) {
  const size_t bytes = rbk_pq4_block_bytes(m);
  for (size_t i = 0; i < n; i += 16) {
    uint64_t at[16];
    uint32_t shift[16];
    for (size_t k = 0; k < 16; k++) {
      const size_t v = index[i + k < n ? i + k : n - 1];
      at[k] = v / rbk_pq4_lanes * bytes + v % 16 * 4;
      shift[k] = v % rbk_pq4_lanes / 16 * 4;
    }
    const __m512i at0 = _mm512_loadu_si512(at), at1 = _mm512_loadu_si512(at + 8), down = _mm512_loadu_si512(shift);
    __m512 sum = _mm512_setzero_ps();
    for (size_t s = 0; s < m; s += 4) {
      const uint8_t *line = blocks + s / 4 * 64;
      const __m512i gathered = _mm512_inserti64x4(
          _mm512_castsi256_si512(_mm512_i64gather_epi32(at0, line, 1)), _mm512_i64gather_epi32(at1, line, 1), 1);
      // A permutation looks at the lowest four bits alone.
      __m512i codes = _mm512_srlv_epi32(gathered, down);
      const size_t last = s + 4 < m ? s + 4 : m;
      for (size_t t = s; t < last; t++, codes = _mm512_srli_epi32(codes, 8))
        sum = _mm512_add_ps(sum, _mm512_permutexvar_ps(codes, _mm512_loadu_ps(tables + t * 16)));
    }
    const size_t left = n - i;
    _mm512_mask_storeu_ps(out + i, left < 16 ? (__mmask16)((1u << left) - 1) : (__mmask16)-1, sum);
  }
}
