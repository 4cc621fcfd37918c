#include "sq4_tables.h"
#if defined(__aarch64__)
#include <arm_neon.h>
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#include "sq4_neon_common.h"

enum { tile = 4 };

/// One block for `nq` queries, a constant: codes are unpacked once for all of them.
static inline __attribute__((always_inline)) void scan_block(
    const uint8_t *block, size_t groups, size_t n, size_t first, const int8_t *queries, const int nq,
    const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  int32x4_t sums[tile][4];
  for (int i = 0; i < nq; i++)
    for (int part = 0; part < 4; part++) sums[i][part] = vdupq_n_s32(0);
  for (size_t g = 0; g < groups; g++) {
    int8x8_t q[tile];
    for (int i = 0; i < nq; i++) q[i] = vld1_s8(queries + (size_t)i * groups * 8 + 8 * g);
    for (int part = 0; part < 4; part++) {
      const uint8x16_t codes = vld1q_u8(block + g * 64 + 16 * part);
      const int8x16_t z0 = sq4_low(codes), z1 = sq4_high(codes);
      for (int i = 0; i < nq; i++) {
        sums[i][part] = vdotq_lane_s32(sums[i][part], z0, q[i], 0);
        sums[i][part] = vdotq_lane_s32(sums[i][part], z1, q[i], 1);
      }
    }
  }
  for (int i = 0; i < nq; i++)
    counts[i] += sq4_keep_sums(block, groups, n, first, sums[i], bounds + i, kept + (size_t)i * stride + counts[i]);
}

static inline __attribute__((always_inline)) void scan_queries(
    const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, const int nq, const rbk_sq4_bound *bounds,
    rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  for (int i = 0; i < nq; i++) counts[i] = 0;
  for (size_t first = 0; first < n; first += rbk_sq4_lanes, blocks += rbk_sq4_block_bytes(d))
    scan_block(blocks, (d + 7) / 8, n, first, queries, nq, bounds, kept, stride, counts);
}

#include "sq4_scan.h"

const rbk_sq4_kernels rbk_sq4_neon_dot = {encode, query, scan, scan};
#pragma clang attribute pop
#endif
