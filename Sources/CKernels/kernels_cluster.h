/// What clustering needs beside the inner products; written once, compiled for each instruction set that includes it.
#pragma once
#include "kernels.h"

typedef float rbk_f16x __attribute__((ext_vector_type(16), aligned(4)));
typedef int rbk_i16x __attribute__((ext_vector_type(16), aligned(4)));

/// Sixteen vectors, each on a lane of its own: compare and blend, no reduction. A NaN loses every comparison.
static void nearest_two_f32(
    const float *products, size_t stride, const float *half_norms, size_t from_centroid, size_t k, size_t n,
    uint32_t *best, float *values, float *seconds) {
  for (size_t from = 0; from < n; from += 16) {
    const size_t width = n - from < 16 ? n - from : 16;
    rbk_f16x first = __builtin_inff(), second = first;
    rbk_i16x index = 0;
    for (size_t i = 0; from_centroid > 0 && i < width; i++) {
      first[i] = values[from + i];
      second[i] = seconds[from + i];
      index[i] = (int)best[from + i];
    }
    for (size_t c = 0; c < k; c++) {
      rbk_f16x product = 0;
      if (width == 16) {
        product = *(const rbk_f16x *)(products + c * stride + from);
      } else {
        for (size_t i = 0; i < width; i++) product[i] = products[c * stride + from + i];
      }
      const rbk_f16x value = half_norms[c] - product;
      const rbk_i16x nearer = value < first, between = value < second;
      second = nearer ? first : (between ? value : second);
      first = nearer ? value : first;
      index = nearer ? (rbk_i16x)(int)(from_centroid + c) : index;
    }
    for (size_t i = 0; i < width; i++) {
      best[from + i] = (uint32_t)index[i];
      values[from + i] = first[i];
      seconds[from + i] = second[i];
    }
  }
}

static void sum_gather_f64(const float *base, const uint32_t *index, size_t n, size_t d, double *sums) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {  // the sums are loaded and stored once for four rows
    const float *a = base + index[i] * d, *b = base + index[i + 1] * d;
    const float *c = base + index[i + 2] * d, *e = base + index[i + 3] * d;
    for (size_t r = i + 4; r < i + 8 && r < n; r++) rbk_prefetch(base + index[r] * d, d * sizeof(float));
    for (size_t j = 0; j < d; j++) sums[j] = sums[j] + (double)a[j] + (double)b[j] + (double)c[j] + (double)e[j];
  }
  for (; i < n; i++) {
    const float *row = base + index[i] * d;
    for (size_t j = 0; j < d; j++) sums[j] += (double)row[j];
  }
}
