#include "sq4_tables.h"
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(                                                                              \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"))), apply_to = function)
#include "sq4_common.h"

static inline __m512i four(const int8_t *q) {
  int32_t bytes;
  memcpy(&bytes, q, 4);
  return _mm512_set1_epi32(bytes);
}

/// Appends the lanes of one block that the bound lets pass.
static inline size_t keep(const uint8_t *block, size_t groups, size_t lanes, uint32_t first, __m512i sums,
                          const rbk_sq4_bound *bound, rbk_sq4_kept *kept) {
  const __m512 offsets = _mm512_loadu_ps(block + groups * 64), errors = _mm512_loadu_ps(block + groups * 64 + 64);
  const __m512 value = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), _mm512_set1_ps(bound->scale),
                                       _mm512_add_ps(offsets, _mm512_set1_ps(bound->base)));
  const __m512 slope = _mm512_fmadd_ps(errors, _mm512_set1_ps(bound->t2), _mm512_set1_ps(bound->t1));
  const __m512 limit = _mm512_fmadd_ps(errors, slope, _mm512_set1_ps(bound->t0));
  const __mmask16 valid = (__mmask16)((1u << lanes) - 1);
  __mmask16 mask = _mm512_mask_cmp_ps_mask(valid, value, limit, _CMP_NGT_UQ);
  if (!mask) return 0;
  float values[rbk_sq4_lanes];
  _mm512_storeu_ps(values, value);
  return sq4_append(mask, first, values, (const float *)(block + groups * 64 + 64), kept);
}

/// One query, `blocks` blocks at once. The high nibbles stay where they are, sixteenfold, until the end: one shift
/// less a load. Two sums a block keep enough multiply-adds in flight.
static inline __attribute__((always_inline)) size_t scan_one(
    const uint8_t *from, const int blocks, size_t bytes, size_t groups, size_t n, uint32_t first, const int8_t *q,
    const rbk_sq4_bound *bound, rbk_sq4_kept *kept) {
  const __m512i low = _mm512_set1_epi8(15), high = _mm512_set1_epi8((char)0xF0);
  // Two rounds of blocks fit the L1 cache up to about 400 dimensions; of larger ones it would lose the first lines
  // before they are used (d = 960 from L2: 13.9 ns a vector so, 7.1 asking no nearer than L2).
  const int near = 2 * (size_t)blocks * bytes <= 32 << 10;
  __m512i sum0[4], sum1[4];
  for (int b = 0; b < blocks; b++) sum0[b] = sum1[b] = _mm512_setzero_si512();
  for (size_t g = 0; g < groups; g++) {
    const __m512i q0 = four(q + 8 * g), q1 = four(q + 8 * g + 4);
    for (int b = 0; b < blocks; b++) {
      const __m512i codes = _mm512_loadu_si512(from + (size_t)b * bytes + g * 64);
      const char *next = (const char *)(from + (size_t)(b + blocks) * bytes + g * 64);
      if (blocks > 1 && near) _mm_prefetch(next, _MM_HINT_T0);
      if (blocks > 1 && !near) _mm_prefetch(next, _MM_HINT_T1);
      sum0[b] = _mm512_dpbusd_epi32(sum0[b], _mm512_and_si512(codes, low), q0);
      sum1[b] = _mm512_dpbusd_epi32(sum1[b], _mm512_and_si512(codes, high), q1);
    }
  }
  size_t count = 0;
  for (int b = 0; b < blocks; b++) {
    const size_t done = (size_t)b * rbk_sq4_lanes, left = n - done;
    const __m512i sums = _mm512_add_epi32(sum0[b], _mm512_srai_epi32(sum1[b], 4));
    count += keep(from + (size_t)b * bytes, groups, left < rbk_sq4_lanes ? left : rbk_sq4_lanes,
                  first + (uint32_t)done, sums, bound, kept + count);
  }
  return count;
}

/// `nq` queries over `blocks` blocks: codes are unpacked once for all of them.
static inline __attribute__((always_inline)) void scan_tile(
    const uint8_t *from, const int blocks, size_t bytes, size_t groups, size_t n, uint32_t first, const int8_t *queries,
    const int nq, const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  const __m512i low = _mm512_set1_epi8(15);
  __m512i sums[8][2];
  for (int i = 0; i < nq; i++)
    for (int b = 0; b < blocks; b++) sums[i][b] = _mm512_setzero_si512();
  for (size_t g = 0; g < groups; g++) {
    __m512i c0[2], c1[2];
    for (int b = 0; b < blocks; b++) {
      const __m512i codes = _mm512_loadu_si512(from + (size_t)b * bytes + g * 64);
      c0[b] = _mm512_and_si512(codes, low);
      c1[b] = _mm512_and_si512(_mm512_srli_epi16(codes, 4), low);
    }
    for (int i = 0; i < nq; i++) {
      const int8_t *q = queries + (size_t)i * groups * 8 + 8 * g;
      const __m512i q0 = four(q), q1 = four(q + 4);
      for (int b = 0; b < blocks; b++) sums[i][b] = _mm512_dpbusd_epi32(sums[i][b], c0[b], q0);
      for (int b = 0; b < blocks; b++) sums[i][b] = _mm512_dpbusd_epi32(sums[i][b], c1[b], q1);
    }
  }
  for (int i = 0; i < nq; i++)
    for (int b = 0; b < blocks; b++) {
      const size_t done = (size_t)b * rbk_sq4_lanes, left = n - done;
      counts[i] += keep(from + (size_t)b * bytes, groups, left < rbk_sq4_lanes ? left : rbk_sq4_lanes,
                        first + (uint32_t)done, sums[i][b], bounds + i, kept + (size_t)i * stride + counts[i]);
    }
}

/// All n vectors for one tile of queries, two blocks at a time.
static inline __attribute__((always_inline)) void scan_queries(
    const uint8_t *blocks, size_t n, size_t bytes, size_t groups, const int8_t *queries, const int nq,
    const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  for (int i = 0; i < nq; i++) counts[i] = 0;
  size_t first = 0;
  for (; first + rbk_sq4_lanes < n; first += 2 * rbk_sq4_lanes)
    scan_tile(blocks + first / rbk_sq4_lanes * bytes, 2, bytes, groups, n - first, (uint32_t)first, queries, nq, bounds,
              kept, stride, counts);
  if (first < n)
    scan_tile(blocks + first / rbk_sq4_lanes * bytes, 1, bytes, groups, n - first, (uint32_t)first, queries, nq, bounds,
              kept, stride, counts);
}

/// A single query reads `side_by_side` blocks at once.
static inline __attribute__((always_inline)) void scan_blocks(
    const int side_by_side, const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
    const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  const size_t groups = (d + 7) / 8, bytes = rbk_sq4_block_bytes(d);
  size_t i = 0;
  for (; i + 8 <= nq; i += 8)
    scan_queries(blocks, n, bytes, groups, queries + i * groups * 8, 8, bounds + i, kept + i * stride, stride,
                 counts + i);
  for (; i + 4 <= nq; i += 4)
    scan_queries(blocks, n, bytes, groups, queries + i * groups * 8, 4, bounds + i, kept + i * stride, stride,
                 counts + i);
  for (; i < nq; i++) {
    const int8_t *q = queries + i * groups * 8;
    rbk_sq4_kept *into = kept + i * stride;
    size_t count = 0, first = 0;
    const size_t step = (size_t)side_by_side * rbk_sq4_lanes;
    for (; first + step - rbk_sq4_lanes < n; first += step)
      count += scan_one(blocks + first / rbk_sq4_lanes * bytes, side_by_side, bytes, groups, n - first, (uint32_t)first,
                        q, bounds + i, into + count);
    for (; first < n; first += rbk_sq4_lanes)
      count += scan_one(blocks + first / rbk_sq4_lanes * bytes, 1, bytes, groups, n - first, (uint32_t)first, q,
                        bounds + i, into + count);
    counts[i] = count;
  }
}

static void scan(const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                 const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  scan_blocks(4, blocks, n, d, queries, nq, bounds, kept, stride, counts);
}

/// d = 128 from memory: 2.6 ns a vector, four blocks side by side 5.5 ns; from the L2 cache 0.93 and 0.76 ns.
static void scan_in_order(const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                          const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  scan_blocks(1, blocks, n, d, queries, nq, bounds, kept, stride, counts);
}

const rbk_sq4_kernels rbk_sq4_avx512vnni = {encode, query, scan, scan_in_order};
#pragma clang attribute pop
#endif
