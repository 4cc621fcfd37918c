/// What the dispatcher asks of each instruction set's file.
#pragma once
#include "kernels.h"
#include "pq_tables.h"
#include "sq4_tables.h"

/// CPU features beyond an instruction set's own that a table may use, each on its own.
typedef struct rbk_extras {
  int vnni;
  int vpopcntdq;
  /// The byte permutations of VBMI with VNNI beside them.
  int vbmi_vnni;
} rbk_extras;

void rbk_fill_scalar(rbk_kernel_table *table);
#if defined(__x86_64__)
void rbk_fill_avx2(rbk_kernel_table *table);
void rbk_fill_avx512(rbk_kernel_table *table, rbk_extras extras);
#endif
#if defined(__aarch64__)
void rbk_fill_neon(rbk_kernel_table *table);
#endif
