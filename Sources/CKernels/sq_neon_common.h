// What the NEON files of scalar codes have in common, compiled by each.
#pragma once
#include "sq_common.h"
#include <arm_neon.h>

/// The codes of four vectors, of dimensions 0…3 and 4…7 of a group, from their quarter of a line on.
typedef struct {
  int8x16_t z0, z1;
} sq_codes;
SQ_INLINE sq_codes sq_unpack(const int bits, const uint8_t *quarter) {
  const uint8x16_t codes = vld1q_u8(quarter);
  if (bits == 6) return (sq_codes){vreinterpretq_s8_u8(codes), vreinterpretq_s8_u8(vld1q_u8(quarter + 64))};
  return (sq_codes){vreinterpretq_s8_u8(vandq_u8(codes, vdupq_n_u8(15))), vreinterpretq_s8_u8(vshrq_n_u8(codes, 4))};
}

/// Appends the lanes of one block that the bound lets pass.
SQ_INLINE void sq_keep_sums(const float *offsets, size_t n, size_t first, const int32x4_t sums[4],
                            const rbk_sq_bound *bound, const sq_results out, size_t i) {
  const float *errors = offsets + rbk_sq_lanes;
  const uint32x4_t bits = {1, 2, 4, 8};
  float values[rbk_sq_lanes];
  uint32_t mask = 0;
  for (int part = 0; part < 4; part++) {
    const float32x4_t value = vfmaq_n_f32(vld1q_f32(offsets + 4 * part), vcvtq_f32_s32(sums[part]), bound->scale);
    const float32x4_t limit = vfmaq_n_f32(vdupq_n_f32(bound->most), vld1q_f32(errors + 4 * part), bound->slope);
    vst1q_f32(values + 4 * part, value);
    mask |= vaddvq_u32(vbicq_u32(bits, vcgtq_f32(value, limit))) << 4 * part;
  }
  if (n - first < rbk_sq_lanes) mask &= (1u << (n - first)) - 1;
  if (out.marks) out.marks[i * out.stride + first / rbk_sq_lanes] = (uint16_t)mask;
  if (!out.marks) sq_append(out, i, mask, (uint32_t)first, values, errors);
}
