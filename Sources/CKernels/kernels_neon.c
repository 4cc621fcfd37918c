/// NEON as every 64-bit ARM has it, and the integer products where the CPU has them; compiles to nothing elsewhere.
#if defined(__aarch64__)
#include "kernels_tables.h"
#include <arm_neon.h>
#include <string.h>

#define RBK_VEC float32x4_t
#define RBK_LANES 4
// 24 accumulators, 3 vectors of rows and the broadcast query fill 28 of 32 registers.
#define RBK_TILE_QUERIES 8
#define RBK_TILE_VECTORS 3
#include "kernels_rows.h"

RBK_INLINE float32x4_t v_zero(void) { return vdupq_n_f32(0); }
RBK_INLINE float32x4_t v_load(const float *p) { return vld1q_f32(p); }
RBK_INLINE float32x4_t v_load_part(const float *p, size_t count) {
  float floats[4] = {0};
  memcpy(floats, p, count * sizeof *p);
  return vld1q_f32(floats);
}
RBK_INLINE void v_store(float *p, float32x4_t x) { vst1q_f32(p, x); }
RBK_INLINE float32x4_t v_broadcast(float x) { return vdupq_n_f32(x); }
RBK_INLINE float32x4_t v_add(float32x4_t a, float32x4_t b) { return vaddq_f32(a, b); }
RBK_INLINE float32x4_t v_fma(float32x4_t a, float32x4_t b, float32x4_t c) { return vfmaq_f32(c, a, b); }

RBK_INLINE float32x4_t l2_step(float32x4_t sum, float32x4_t q, float32x4_t x) {
  float32x4_t difference = vsubq_f32(q, x);
  return vfmaq_f32(sum, difference, difference);
}
RBK_INLINE float32x4_t dot_step(float32x4_t sum, float32x4_t q, float32x4_t x) { return vfmaq_f32(sum, q, x); }
RBK_INLINE float32x4_t l1_step(float32x4_t sum, float32x4_t q, float32x4_t x) {
  return vaddq_f32(sum, vabdq_f32(q, x));
}

RBK_INLINE void reduce4_f32(float32x4_t a, float32x4_t b, float32x4_t c, float32x4_t e, float *out) {
  vst1q_f32(out, vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, e)));
}

RBK_INLINE uint16x4_t load_half_part(const uint16_t *p, size_t count) {
  uint16_t halves[4] = {0};
  memcpy(halves, p, count * sizeof *p);
  return vld1_u16(halves);
}
RBK_INLINE float32x4_t widen_f16(uint16x4_t x) { return vcvt_f32_f16(vreinterpret_f16_u16(x)); }
RBK_INLINE float32x4_t load_f16(const uint16_t *p) { return widen_f16(vld1_u16(p)); }
RBK_INLINE float32x4_t load_f16_part(const uint16_t *p, size_t count) { return widen_f16(load_half_part(p, count)); }

RBK_INLINE float32x4_t load_u8(const uint8_t *p) {
  uint8_t bytes[8] = {0};
  memcpy(bytes, p, 4);
  return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vld1_u8(bytes)))));
}

RBK_METRIC(l2)
RBK_METRIC(dot)
RBK_METRIC(l1)

#include "kernels_block.h"
#include "kernels_cluster.h"
#include "kernels_codebook.h"
#include "kernels_select.h"

RBK_LIMITS(4)

RBK_INLINE uint64x2_t load_u64(const uint64_t *p) { return vld1q_u64(p); }
RBK_INLINE uint64x2_t load_u64_part(const uint64_t *p, size_t count) {
  (void)count;  // of two, one
  return vcombine_u64(vld1_u64(p), vdup_n_u64(0));
}
RBK_INLINE uint64x2_t hamming_step(uint64x2_t sum, uint64x2_t q, uint64x2_t x) {
  uint8x16_t bits = vcntq_u8(vreinterpretq_u8_u64(veorq_u64(q, x)));
  return vpadalq_u32(sum, vpaddlq_u16(vpaddlq_u8(bits)));
}
RBK_INLINE void reduce4_u64(uint64x2_t a, uint64x2_t b, uint64x2_t c, uint64x2_t e, uint32_t *out) {
  vst1q_u32(out, vcombine_u32(vmovn_u64(vpaddq_u64(a, b)), vmovn_u64(vpaddq_u64(c, e))));
}

RBK_ROWS(hamming_u64, uint64_t, uint64_t, uint32_t, 2, load_u64, load_u64, hamming_step, vdupq_n_u64(0), reduce4_u64)
RBK_CONTIGUOUS(hamming_u64, uint64_t, uint32_t)

void rbk_fill_neon(rbk_kernel_table *table, rbk_extras extras) {
  const rbk_sq_both *sq = extras.i8mm ? &rbk_sq_neon_i8mm : extras.dotprod ? &rbk_sq_neon_dot : &rbk_sq_neon;
  *table = RBK_TABLE("neon", RBK_CHAINS * RBK_LANES * 2, sq, &rbk_pq_neon);
}
#endif
