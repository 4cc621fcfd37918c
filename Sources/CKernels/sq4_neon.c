#include "sq4_tables.h"
#if defined(__aarch64__)
#include "sq4_common.h"
#include <arm_neon.h>

static float encode(const rbk_sq4_frame *frame, const float *x, uint8_t *block, size_t lane) {
  return sq4_encode_body(frame, x, block, lane);
}

static void query(const rbk_sq4_frame *frame, const float *q, int8_t *codes, rbk_sq4_query *out) {
  sq4_query_body(frame, q, codes, out);
}

static inline int8x16_t four(const int8_t *q) {
  int32_t bytes;
  memcpy(&bytes, q, 4);
  return vreinterpretq_s8_s32(vdupq_n_s32(bytes));
}

/// Adds four products a lane: 2 · 15 · 127 twice fits 16 bits.
static inline int32x4_t multiply_add(int32x4_t sum, uint8x16_t codes, int8x16_t q) {
  const int8x16_t z = vreinterpretq_s8_u8(codes);
  const int16x8_t first = vmull_s8(vget_low_s8(z), vget_low_s8(q)), second = vmull_high_s8(z, q);
  return vpadalq_s16(sum, vpaddq_s16(first, second));
}

static void scan(const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, size_t nq,
                 const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  const size_t groups = (d + 7) / 8, bytes = rbk_sq4_block_bytes(d);
  for (size_t i = 0; i < nq; i++) {
    const int8_t *q = queries + i * groups * 8;
    size_t count = 0;
    for (size_t first = 0; first < n; first += rbk_sq4_lanes) {
      const uint8_t *block = blocks + first / rbk_sq4_lanes * bytes;
      int32x4_t quarters[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
      for (size_t g = 0; g < groups; g++) {
        const int8x16_t q0 = four(q + 8 * g), q1 = four(q + 8 * g + 4);
        for (int part = 0; part < 4; part++) {
          const uint8x16_t codes = vld1q_u8(block + g * 64 + 16 * part);
          quarters[part] = multiply_add(quarters[part], vandq_u8(codes, vdupq_n_u8(15)), q0);
          quarters[part] = multiply_add(quarters[part], vshrq_n_u8(codes, 4), q1);
        }
      }
      int32_t sums[rbk_sq4_lanes];
      for (int part = 0; part < 4; part++) vst1q_s32(sums + 4 * part, quarters[part]);
      const size_t lanes = n - first < rbk_sq4_lanes ? n - first : rbk_sq4_lanes;
      count += sq4_keep(block, groups, lanes, (uint32_t)first, sums, bounds + i, kept + i * stride + count);
    }
    counts[i] = count;
  }
}

const rbk_sq4_kernels rbk_sq4_neon = {encode, query, scan};
#endif
