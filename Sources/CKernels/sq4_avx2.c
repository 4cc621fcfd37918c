#include "sq4_tables.h"
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "sq4_common.h"

static float encode(const rbk_sq4_frame *frame, const float *x, uint8_t *block, size_t lane) {
  return sq4_encode_body(frame, x, block, lane);
}

static void query(const rbk_sq4_frame *frame, const float *q, int8_t *codes, rbk_sq4_query *out) {
  sq4_query_body(frame, q, codes, out);
}

static inline __m256i four(const int8_t *q) {
  int32_t bytes;
  memcpy(&bytes, q, 4);
  return _mm256_set1_epi32(bytes);
}

/// Groups whose 16-bit sums are added before they are widened: 4 · 2 · 2 · 15 · 127 stays below 2¹⁵.
enum { run = 4 };

static void scan(const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                 const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  const size_t groups = (d + 7) / 8, bytes = rbk_sq4_block_bytes(d);
  const __m256i low = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  for (size_t i = 0; i < nq; i++) {
    const int8_t *q = queries + i * groups * 8;
    size_t count = 0;
    for (size_t first = 0; first < n; first += rbk_sq4_lanes) {
      const uint8_t *block = blocks + first / rbk_sq4_lanes * bytes;
      __m256i sum0 = _mm256_setzero_si256(), sum1 = sum0;
      for (size_t from = 0; from < groups; from += run) {
        const size_t to = from + run < groups ? from + run : groups;
        __m256i short0 = _mm256_setzero_si256(), short1 = short0;
        for (size_t g = from; g < to; g++) {
          const __m256i a = _mm256_loadu_si256((const void *)(block + g * 64));
          const __m256i b = _mm256_loadu_si256((const void *)(block + g * 64 + 32));
          const __m256i q0 = four(q + 8 * g), q1 = four(q + 8 * g + 4);
          short0 = _mm256_add_epi16(short0, _mm256_maddubs_epi16(_mm256_and_si256(a, low), q0));
          short1 = _mm256_add_epi16(short1, _mm256_maddubs_epi16(_mm256_and_si256(b, low), q0));
          short0 = _mm256_add_epi16(
              short0, _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(a, 4), low), q1));
          short1 = _mm256_add_epi16(
              short1, _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(b, 4), low), q1));
        }
        sum0 = _mm256_add_epi32(sum0, _mm256_madd_epi16(short0, ones));
        sum1 = _mm256_add_epi32(sum1, _mm256_madd_epi16(short1, ones));
      }
      int32_t sums[rbk_sq4_lanes];
      _mm256_storeu_si256((void *)sums, sum0);
      _mm256_storeu_si256((void *)(sums + 8), sum1);
      const size_t lanes = n - first < rbk_sq4_lanes ? n - first : rbk_sq4_lanes;
      count += sq4_keep(block, groups, lanes, (uint32_t)first, sums, bounds + i, kept + i * stride + count);
    }
    counts[i] = count;
  }
}

const rbk_sq4_kernels rbk_sq4_avx2 = {encode, query, scan};
#pragma clang attribute pop
#endif
