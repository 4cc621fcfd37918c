#include "sq_tables.h"
#if defined(__aarch64__)
#include <arm_neon.h>
#pragma clang attribute push(__attribute__((target("i8mm"))), apply_to = function)
#include "sq_neon_common.h"

/// Pairs of queries that share unpacked codes.
enum { tile = 2 };

/// One block for `pairs` pairs of queries: a matrix product of two vectors and two queries over eight dimensions is one
/// instruction.
SQ_INLINE void scan_block(const int bits, const uint8_t *block, size_t groups, size_t n, size_t first,
                          const int8_t *queries, const int pairs, const rbk_sq_bound *bounds, const sq_results out) {
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
      const sq_codes codes = sq_unpack(bits, block + g * sq_group_bytes(bits) + 16 * part);
      const int32x4_t z0 = vreinterpretq_s32_s8(codes.z0), z1 = vreinterpretq_s32_s8(codes.z1);
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
    sq_keep_sums((const float *)(block + groups * sq_group_bytes(bits)), n, first, sums, bounds + i, out, (size_t)i);
  }
}

SQ_INLINE void scan_queries(const int bits, const uint8_t *blocks, size_t n, size_t d, const int8_t *queries,
                            const int pairs, const rbk_sq_bound *bounds, const sq_results out) {
  sq_begin(out, 2 * (size_t)pairs);
  for (size_t first = 0; first < n; first += rbk_sq_lanes, blocks += rbk_sq_block_bytes(bits, d))
    scan_block(bits, blocks, (d + 7) / 8, n, first, queries, pairs, bounds, out);
}

SQ_INLINE void scan(const int bits, const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                    const rbk_sq_bound *bounds, const sq_results out) {
  const size_t bytes = rbk_sq_query_bytes(d);
  const rbk_sq_kernels *one = bits == 4 ? &rbk_sq_neon_dot.of4 : &rbk_sq_neon_dot.of6;
  size_t i = 0;
  for (; i + 2 * tile <= nq; i += 2 * tile)
    scan_queries(bits, blocks, n, d, queries + i * bytes, tile, bounds + i, sq_from(out, i));
  for (; i + 2 <= nq; i += 2)
    scan_queries(bits, blocks, n, d, queries + i * bytes, 1, bounds + i, sq_from(out, i));
  if (i == nq) return;
  const sq_results last = sq_from(out, i);
  if (out.marks) one->mark(blocks, n, d, queries + i * bytes, 1, bounds + i, last.marks, last.stride);
  if (!out.marks) one->scan(blocks, n, d, queries + i * bytes, 1, bounds + i, last.kept, last.stride, last.counts);
}

SQ_BOTH(rbk_sq_neon_i8mm, scan, scan)
#pragma clang attribute pop
#endif
