/// Plain C for any CPU, and the reference that the other instruction sets are tested against.
///
/// One function a row, called from every form, so that a row's bits are the same in all of them. Reassociation lets
/// the compiler use whatever vectors the baseline has.
#include "kernels_tables.h"
#include <string.h>
#include "kernels_cluster.h"
#include "kernels_codebook.h"
#include "kernels_select.h"

#pragma clang fp reassociate(on) contract(fast)

#define RBK_ROW(NAME, QUERY, ELEM, OUT, TERM)                                                                         \
  static __attribute__((noinline)) OUT NAME##_row(const QUERY *query, const ELEM *row, size_t d) {                    \
    OUT sum = 0;                                                                                                      \
    for (size_t j = 0; j < d; j++) sum += TERM(query[j], row[j]);                                                     \
    return sum;                                                                                                       \
  }

#define RBK_CONTIGUOUS(NAME, ELEM, OUT)                                                                               \
  static void NAME(const ELEM *query, const ELEM *rows, size_t n, size_t d, OUT *out) {                               \
    for (size_t i = 0; i < n; i++) out[i] = NAME##_row(query, rows + i * d, d);                                       \
  }

#define RBK_GATHER(NAME)                                                                                              \
  static void NAME##_gather(const float *query, const void *const *rows, size_t n, size_t d, float *out) {            \
    for (size_t i = 0; i < n; i++) out[i] = NAME##_row(query, rows[i], d);                                            \
  }

static inline float f32_l2(float q, float x) { return (q - x) * (q - x); }
static inline float f32_dot(float q, float x) { return q * x; }
static inline float f32_l1(float q, float x) { return __builtin_fabsf(q - x); }

RBK_ROW(l2_f32, float, float, float, f32_l2)
RBK_ROW(dot_f32, float, float, float, f32_dot)
RBK_ROW(l1_f32, float, float, float, f32_l1)
RBK_CONTIGUOUS(l2_f32, float, float)
RBK_GATHER(l2_f32)
RBK_CONTIGUOUS(dot_f32, float, float)
RBK_GATHER(dot_f32)
RBK_CONTIGUOUS(l1_f32, float, float)
RBK_GATHER(l1_f32)

static inline float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// Shifting the exponent and scaling by 2¹¹² is exact for normal and subnormal halves alike.
static inline float float_of_f16(uint16_t half) {
  uint32_t magnitude = half & 0x7fffu;
  float value = float_of_bits(magnitude << 13) * 0x1p112f;
  if (magnitude >= 0x7c00) value = float_of_bits(0x7f800000u | magnitude << 13);  // infinity or NaN
  return half & 0x8000u ? -value : value;
}
static inline float f16_l2(float q, uint16_t x) { return f32_l2(q, float_of_f16(x)); }
static inline float f16_dot(float q, uint16_t x) { return f32_dot(q, float_of_f16(x)); }
static inline float f16_l1(float q, uint16_t x) { return f32_l1(q, float_of_f16(x)); }

RBK_ROW(l2_f16, float, uint16_t, float, f16_l2)
RBK_ROW(dot_f16, float, uint16_t, float, f16_dot)
RBK_ROW(l1_f16, float, uint16_t, float, f16_l1)
RBK_GATHER(l2_f16)
RBK_GATHER(dot_f16)
RBK_GATHER(l1_f16)

#define RBK_SCALAR_BYTE_ROW(NAME, TERM)                                                                               \
  static __attribute__((noinline)) float NAME##_row(const float *query, const uint8_t *row, size_t d) {               \
    float range[2], sum = 0;                                                                                          \
    memcpy(range, row, sizeof range);                                                                                 \
    for (size_t j = 0; j < d; j++) sum += TERM(query[j], range[0] + range[1] * (float)row[rbk_range_bytes + j]);      \
    return sum;                                                                                                       \
  }                                                                                                                   \
  RBK_GATHER(NAME)

RBK_SCALAR_BYTE_ROW(l2_u8, f32_l2)
RBK_SCALAR_BYTE_ROW(dot_u8, f32_dot)
RBK_SCALAR_BYTE_ROW(l1_u8, f32_l1)

static inline uint32_t u64_differing(uint64_t q, uint64_t x) { return (uint32_t)__builtin_popcountll(q ^ x); }

RBK_ROW(hamming_u64, uint64_t, uint64_t, uint32_t, u64_differing)
RBK_CONTIGUOUS(hamming_u64, uint64_t, uint32_t)

static void dot_block_f32(
    const float *queries, size_t nq, const float *rows, size_t n, size_t d, float *out, size_t out_stride) {
  for (size_t i = 0; i < nq; i++) dot_f32(queries + i * d, rows, n, d, out + i * out_stride);
}

static float read_stream(const float *floats, size_t count) {
  float sum = 0;
  for (size_t j = 0; j < count; j++) sum += floats[j];
  return sum;
}

static float multiply_add_chains(size_t rounds) {
  float sum[32] = {0};
  for (size_t round = 0; round < rounds; round++) {
    for (size_t v = 0; v < 32; v++) sum[v] = sum[v] * 0.5f + 0.5f;
  }
  float total = 0;
  for (size_t v = 0; v < 32; v++) total += sum[v];
  return total;
}

void rbk_fill_scalar(rbk_kernel_table *table) {
  *table = RBK_TABLE("scalar", 32 * 2, &rbk_sq_scalar, &rbk_pq_scalar);
}
