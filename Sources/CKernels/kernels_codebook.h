/// The codewords that product quantisers choose: written once, compiled by every instruction set's file.
///
/// A codeword costs its squared distance; where directions are given, also `weight` times the squared part of the whole
/// vector's error along its direction, of which `along` comes from the other subspaces.
#pragma once
#include "kernels.h"

typedef float rbk_f32x16 __attribute__((ext_vector_type(16), aligned(4)));
typedef int rbk_i32x16 __attribute__((ext_vector_type(16), aligned(4)));

#define RBK_CODEBOOK_INLINE static inline __attribute__((always_inline))

/// 16 · `groups` vectors, each on a lane of its own, meet the codewords one by one. A NaN loses every comparison.
RBK_CODEBOOK_INLINE void codewords_of_lanes(
    const float *vectors, const float *directions, size_t stride, size_t dsub, const float *codebook, size_t ksub,
    const float *along, float weight, uint8_t *codes, const int groups, const int directed) {
  rbk_f32x16 least[2] = {__builtin_inff(), __builtin_inff()};
  rbk_i32x16 best[2] = {0, 0};
  for (size_t c = 0; c < ksub; c++) {
    rbk_f32x16 distance[2] = {0, 0}, parallel[2] = {0, 0};
    for (int g = 0; directed && g < groups; g++) parallel[g] = *(const rbk_f32x16 *)(along + 16 * g);
    for (size_t j = 0; j < dsub; j++) {
      const float component = codebook[j * ksub + c];
      for (int g = 0; g < groups; g++) {
        const rbk_f32x16 error = *(const rbk_f32x16 *)(vectors + j * stride + 16 * g) - component;
        distance[g] += error * error;
        if (directed) parallel[g] += error * *(const rbk_f32x16 *)(directions + j * stride + 16 * g);
      }
    }
    for (int g = 0; g < groups; g++) {
      const rbk_f32x16 cost = directed ? distance[g] + weight * (parallel[g] * parallel[g]) : distance[g];
      const rbk_i32x16 nearer = cost < least[g];
      least[g] = nearer ? cost : least[g];
      best[g] = nearer ? (rbk_i32x16)(int)c : best[g];
    }
  }
  for (int g = 0; g < groups; g++) {
    for (int lane = 0; lane < 16; lane++) codes[16 * g + lane] = (uint8_t)best[g][lane];
  }
}

/// One vector, sixteen codewords on the lanes: what a lone vector is coded with. Costs as `codewords_of_lanes` gives.
RBK_CODEBOOK_INLINE uint8_t codeword_of_one(
    const float *vector, const float *direction, size_t stride, size_t dsub, const float *codebook, size_t ksub,
    float along, float weight, const int directed) {
  rbk_f32x16 least = __builtin_inff();
  rbk_i32x16 best = 0;
  for (size_t c = 0; c < ksub; c += 16) {
    rbk_f32x16 distance = 0, parallel = along;
    for (size_t j = 0; j < dsub; j++) {
      const rbk_f32x16 error = vector[j * stride] - *(const rbk_f32x16 *)(codebook + j * ksub + c);
      distance += error * error;
      if (directed) parallel += error * direction[j * stride];
    }
    const rbk_f32x16 cost = directed ? distance + weight * (parallel * parallel) : distance;
    const rbk_i32x16 nearer = cost < least;
    least = nearer ? cost : least;
    best = nearer ? (rbk_i32x16)(int)c : best;
  }
  int winner = best[0];
  float lowest = least[0];
  for (int lane = 1; lane < 16; lane++) {
    const int codeword = best[lane] + lane;
    if (least[lane] < lowest || (least[lane] == lowest && lowest < __builtin_inff() && codeword < winner)) {
      lowest = least[lane];
      winner = codeword;
    }
  }
  return (uint8_t)winner;
}

static void nearest_codeword_f32(
    const float *vectors, size_t stride, size_t n, size_t dsub, const float *codebook, size_t ksub, uint8_t *codes) {
  size_t i = 0;
  for (; i + 32 <= n; i += 32)
    codewords_of_lanes(vectors + i, vectors, stride, dsub, codebook, ksub, vectors, 0, codes + i, 2, 0);
  for (; i + 16 <= n; i += 16)
    codewords_of_lanes(vectors + i, vectors, stride, dsub, codebook, ksub, vectors, 0, codes + i, 1, 0);
  for (; i < n; i++) codes[i] = codeword_of_one(vectors + i, vectors, stride, dsub, codebook, ksub, 0, 0, 0);
}

static void cheapest_codeword_f32(
    const float *vectors, const float *directions, size_t stride, size_t n, size_t dsub, const float *codebook,
    size_t ksub, const float *along, float weight, uint8_t *codes) {
  size_t i = 0;
  for (; i + 32 <= n; i += 32)
    codewords_of_lanes(
        vectors + i, directions + i, stride, dsub, codebook, ksub, along + i, weight, codes + i, 2, 1);
  for (; i + 16 <= n; i += 16)
    codewords_of_lanes(
        vectors + i, directions + i, stride, dsub, codebook, ksub, along + i, weight, codes + i, 1, 1);
  for (; i < n; i++)
    codes[i] =
        codeword_of_one(vectors + i, directions + i, stride, dsub, codebook, ksub, along[i], weight, 1);
}
