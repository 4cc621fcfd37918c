// What the NEON files of 4-bit scalar codes have in common, compiled by each.
#pragma once
#include "sq4_common.h"
#include <arm_neon.h>

/// The codes of a quarter of a line, of dimensions 0…3 and 4…7.
static inline int8x16_t sq4_low(uint8x16_t codes) { return vreinterpretq_s8_u8(vandq_u8(codes, vdupq_n_u8(15))); }
static inline int8x16_t sq4_high(uint8x16_t codes) { return vreinterpretq_s8_u8(vshrq_n_u8(codes, 4)); }

/// Appends the lanes of one block that the bound lets pass.
static inline size_t sq4_keep_sums(const uint8_t *block, size_t groups, size_t n, size_t first, const int32x4_t sums[4],
                                   const rbk_sq4_bound *bound, rbk_sq4_kept *kept) {
  const float *offsets = (const float *)(block + groups * 64), *errors = offsets + rbk_sq4_lanes;
  const uint32x4_t bits = {1, 2, 4, 8};
  float values[rbk_sq4_lanes];
  uint32_t mask = 0;
  for (int part = 0; part < 4; part++) {
    const float32x4_t error = vld1q_f32(errors + 4 * part);
    const float32x4_t value = vfmaq_n_f32(vaddq_f32(vld1q_f32(offsets + 4 * part), vdupq_n_f32(bound->base)),
                                          vcvtq_f32_s32(sums[part]), bound->scale);
    const float32x4_t slope = vfmaq_n_f32(vdupq_n_f32(bound->t1), error, bound->t2);
    const float32x4_t limit = vfmaq_f32(vdupq_n_f32(bound->t0), error, slope);
    vst1q_f32(values + 4 * part, value);
    mask |= vaddvq_u32(vbicq_u32(bits, vcgtq_f32(value, limit))) << 4 * part;
  }
  if (n - first < rbk_sq4_lanes) mask &= (1u << (n - first)) - 1;
  return sq4_append(mask, (uint32_t)first, values, errors, kept);
}
