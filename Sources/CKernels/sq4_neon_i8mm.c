#include "sq4_tables.h"
#if defined(__aarch64__)
#include <arm_neon.h>
#pragma clang attribute push(__attribute__((target("i8mm"))), apply_to = function)
#include "sq4_neon_common.h"

/// Pairs of queries that share unpacked codes.
enum { tile = 2 };

/// One block for `pairs` pairs of queries: a matrix product of two vectors and two queries over eight dimensions is one
/// instruction.
static inline __attribute__((always_inline)) void scan_block(
    const uint8_t *block, size_t groups, size_t n, size_t first, const int8_t *queries, const int pairs,
    const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  const size_t bytes = groups * 8;
  int32x4_t products[tile][4][2];
  for (int i = 0; i < pairs; i++)
    for (int part = 0; part < 4; part++) products[i][part][0] = products[i][part][1] = vdupq_n_s32(0);
  for (size_t g = 0; g < groups; g++) {
    int8x16_t q[tile];
    for (int i = 0; i < pairs; i++) {
      const int8_t *pair = queries + (size_t)i * 2 * bytes + 8 * g;
      q[i] = vcombine_s8(vld1_s8(pair), vld1_s8(pair + bytes));
    }
    for (int part = 0; part < 4; part++) {
      const uint8x16_t codes = vld1q_u8(block + g * 64 + 16 * part);
      const int32x4_t z0 = vreinterpretq_s32_s8(sq4_low(codes)), z1 = vreinterpretq_s32_s8(sq4_high(codes));
      const int8x16_t first_two = vreinterpretq_s8_s32(vzip1q_s32(z0, z1));
      const int8x16_t last_two = vreinterpretq_s8_s32(vzip2q_s32(z0, z1));
      for (int i = 0; i < pairs; i++) {
        products[i][part][0] = vmmlaq_s32(products[i][part][0], first_two, q[i]);
        products[i][part][1] = vmmlaq_s32(products[i][part][1], last_two, q[i]);
      }
    }
  }
  for (int i = 0; i < 2 * pairs; i++) {
    int32x4_t sums[4];
    for (int part = 0; part < 4; part++) {
      const int32x4_t *four = products[i / 2][part];
      sums[part] = i % 2 ? vuzp2q_s32(four[0], four[1]) : vuzp1q_s32(four[0], four[1]);
    }
    counts[i] += sq4_keep_sums(block, groups, n, first, sums, bounds + i, kept + (size_t)i * stride + counts[i]);
  }
}

static inline __attribute__((always_inline)) void scan_queries(
    const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, const int pairs, const rbk_sq4_bound *bounds,
    rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  for (int i = 0; i < 2 * pairs; i++) counts[i] = 0;
  for (size_t first = 0; first < n; first += rbk_sq4_lanes, blocks += rbk_sq4_block_bytes(d))
    scan_block(blocks, (d + 7) / 8, n, first, queries, pairs, bounds, kept, stride, counts);
}

static void scan(const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                 const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  const size_t bytes = rbk_sq4_query_bytes(d);
  size_t i = 0;
  for (; i + 2 * tile <= nq; i += 2 * tile)
    scan_queries(blocks, n, d, queries + i * bytes, tile, bounds + i, kept + i * stride, stride, counts + i);
  for (; i + 2 <= nq; i += 2)
    scan_queries(blocks, n, d, queries + i * bytes, 1, bounds + i, kept + i * stride, stride, counts + i);
  if (i < nq)
    rbk_sq4_neon_dot.scan(blocks, n, d, queries + i * bytes, 1, bounds + i, kept + i * stride, stride, counts + i);
}

const rbk_sq4_kernels rbk_sq4_neon_i8mm = {encode, query, scan, scan};
#pragma clang attribute pop
#endif
