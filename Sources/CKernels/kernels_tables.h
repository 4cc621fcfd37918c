/// What the dispatcher asks of each instruction set's file.
#pragma once
#include "kernels.h"
#include "pq_tables.h"
#include "sq_tables.h"

/// CPU features beyond an instruction set's own that a table may use, each on its own.
typedef struct rbk_extras {
  int vnni;
  int vpopcntdq;
  /// The byte permutations of VBMI with VNNI beside them.
  int vbmi_vnni;
  /// The dot products of ARMv8.2, and the matrix products of 8-bit integers with them beside.
  int dotprod;
  int i8mm;
} rbk_extras;

/// The table of the functions that an instruction set's file defines under the members' own names.
#define RBK_TABLE(NAME, FLOPS_A_ROUND, SQ, PQ)                                                                         \
  ((rbk_kernel_table){                                                                                                 \
      .name = NAME,                                                                                                    \
      .l2_f32 = l2_f32,                                                                                                \
      .l2_f32_gather = l2_f32_gather,                                                                                  \
      .dot_f32 = dot_f32,                                                                                              \
      .dot_f32_gather = dot_f32_gather,                                                                                \
      .l1_f32 = l1_f32,                                                                                                \
      .l1_f32_gather = l1_f32_gather,                                                                                  \
      .l2_f16_gather = l2_f16_gather,                                                                                  \
      .dot_f16_gather = dot_f16_gather,                                                                                \
      .l1_f16_gather = l1_f16_gather,                                                                                  \
      .l2_u8_gather = l2_u8_gather,                                                                                    \
      .dot_u8_gather = dot_u8_gather,                                                                                  \
      .l1_u8_gather = l1_u8_gather,                                                                                    \
      .hamming_u64 = hamming_u64,                                                                                      \
      .dot_block_f32 = dot_block_f32,                                                                                  \
      .nearest_codeword_f32 = nearest_codeword_f32,                                                                    \
      .cheapest_codeword_f32 = cheapest_codeword_f32,                                                                  \
      .nearest_two_f32 = nearest_two_f32,                                                                              \
      .sum_gather_f64 = sum_gather_f64,                                                                                \
      .limit_of_least_f32 = limit_of_least_f32,                                                                        \
      .read_stream = read_stream,                                                                                      \
      .multiply_add_chains = multiply_add_chains,                                                                      \
      .sq4 = &(SQ)->of4,                                                                                               \
      .sq6 = &(SQ)->of6,                                                                                               \
      .pq = PQ,                                                                                                        \
      .flops_a_round = FLOPS_A_ROUND,                                                                                  \
  })

void rbk_fill_scalar(rbk_kernel_table *table);
#if defined(__x86_64__)
void rbk_fill_avx2(rbk_kernel_table *table);
void rbk_fill_avx512(rbk_kernel_table *table, rbk_extras extras);
#endif
#if defined(__aarch64__)
void rbk_fill_neon(rbk_kernel_table *table, rbk_extras extras);
#endif
