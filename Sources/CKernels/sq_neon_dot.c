#include "sq_tables.h"
#if defined(__aarch64__)
#include <arm_neon.h>
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#include "sq_neon_common.h"

enum { tile = 4 };

/// One block for `nq` queries, a constant: codes are unpacked once for all of them.
SQ_INLINE void scan_block(const int bits, const uint8_t *block, size_t groups, size_t n, size_t first,
                          const int8_t *queries, const int nq, const rbk_sq_bound *bounds, const sq_results out) {
  int32x4_t sums[tile][4];
  for (int i = 0; i < nq; i++)
    for (int part = 0; part < 4; part++) sums[i][part] = vdupq_n_s32(0);
  for (size_t g = 0; g < groups; g++) {
    int8x8_t q[tile];
    for (int i = 0; i < nq; i++) q[i] = vld1_s8(queries + (size_t)i * groups * 8 + 8 * g);
    for (int part = 0; part < 4; part++) {
      const sq_codes codes = sq_unpack(bits, block + g * sq_group_bytes(bits) + 16 * part);
      for (int i = 0; i < nq; i++) {
        sums[i][part] = vdotq_lane_s32(sums[i][part], codes.z0, q[i], 0);
        sums[i][part] = vdotq_lane_s32(sums[i][part], codes.z1, q[i], 1);
      }
    }
  }
  for (int i = 0; i < nq; i++)
    sq_keep_sums((const float *)(block + groups * sq_group_bytes(bits)), n, first, sums[i], bounds + i, out, (size_t)i);
}

#include "sq_scan.h"

SQ_BOTH(rbk_sq_neon_dot, scan, scan)
#pragma clang attribute pop
#endif
