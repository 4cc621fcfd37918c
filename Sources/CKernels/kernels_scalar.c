/// Plain C for any CPU, and the reference that the other instruction sets are tested against.
///
/// One function a row, called from every form, so that a row's bits are the same in all of them. Reassociation lets
/// the compiler use whatever vectors the baseline has.
#include "kernels_tables.h"
#include "kernels_cluster.h"

#pragma clang fp reassociate(on) contract(fast)

#define RBK_ROW(NAME, QUERY, ELEM, OUT, TERM)                                                                         \
  static __attribute__((noinline)) OUT NAME##_row(const QUERY *query, const ELEM *row, size_t d) {                    \
    OUT sum = 0;                                                                                                      \
    for (size_t j = 0; j < d; j++) sum += TERM(query[j], row[j]);                                                     \
    return sum;                                                                                                       \
  }                                                                                                                   \
  static void NAME(const QUERY *query, const ELEM *rows, size_t n, size_t d, OUT *out) {                              \
    for (size_t i = 0; i < n; i++) out[i] = NAME##_row(query, rows + i * d, d);                                       \
  }                                                                                                                   \
  static void NAME##_gather(                                                                                          \
      const QUERY *query, const ELEM *base, const uint32_t *index, size_t n, size_t d, OUT *out) {                    \
    for (size_t i = 0; i < n; i++) out[i] = NAME##_row(query, base + index[i] * d, d);                                \
  }

#define L2_TERM(q, x) (((q) - (x)) * ((q) - (x)))
#define DOT_TERM(q, x) ((q) * (x))
#define L1_TERM(q, x) __builtin_fabsf((q) - (x))
#define HAMMING_TERM(q, x) (uint32_t) __builtin_popcountll((q) ^ (x))

RBK_ROW(l2_f32, float, float, float, L2_TERM)
RBK_ROW(dot_f32, float, float, float, DOT_TERM)
RBK_ROW(l1_f32, float, float, float, L1_TERM)
RBK_ROW(hamming_u64, uint64_t, uint64_t, uint32_t, HAMMING_TERM)

static void dot_block_f32(
    const float *queries, size_t nq, const float *rows, size_t n, size_t d, float *out, size_t out_stride) {
  for (size_t i = 0; i < nq; i++) dot_f32(queries + i * d, rows, n, d, out + i * out_stride);
}

void rbk_fill_scalar(rbk_kernel_table *table) {
  *table = (rbk_kernel_table){
      .name = "scalar",
      .l2_f32 = l2_f32,
      .dot_f32 = dot_f32,
      .l1_f32 = l1_f32,
      .l2_f32_gather = l2_f32_gather,
      .dot_f32_gather = dot_f32_gather,
      .l1_f32_gather = l1_f32_gather,
      .hamming_u64 = hamming_u64,
      .hamming_u64_gather = hamming_u64_gather,
      .dot_block_f32 = dot_block_f32,
      .nearest_two_f32 = nearest_two_f32,
      .sum_gather_f64 = sum_gather_f64,
      .sq4 = &rbk_sq4_scalar,
  };
}
