/// The many-to-many loops, written once: a register tile of queries × rows over packed panels of rows.
///
/// Ours rather than a BLAS, because it is faster here and costs no dependency. One thread of a Xeon with AVX-512, in one
/// run, OpenBLAS with OPENBLAS_CORETYPE=SkylakeX against this, in GFLOP/s (queries × rows × d):
///   512 × 480 × 384: 144, 157     512 × 480 × 128: 134, 157     256 × 960 × 128: 125, 152
///   1000 × 60000 × 384: 127, 129  1000 × 100000 × 128: 99, 120  65536 × 256 × 384: 121, 136  256 × 65536 × 128: 90, 115
/// The first three keep their results in the L2 cache, as callers should.
///
/// An instruction set's file defines, before including this:
///   RBK_VEC, RBK_LANES          the vector type and its number of floats
///   RBK_TILE_QUERIES            queries a tile holds
///   RBK_TILE_VECTORS            vectors of rows a tile holds, at most 3
///   v_zero, v_load, v_store, v_broadcast, v_add, v_fma
#pragma once
#include "kernels_rows.h"

enum {
  /// Rows of a full panel.
  RBK_PANEL_ROWS = RBK_TILE_VECTORS * RBK_LANES,
  /// Dimensions packed at a time.
  RBK_PANEL_DIMS = 512,
  /// Queries that stream past a panel before it is packed again.
  RBK_QUERY_BLOCK = 512,
};

typedef float rbk_f4 __attribute__((ext_vector_type(4), aligned(4)));

/// Packs `count` rows (row i at rows + i * d), dimensions [0, dims), into panel[j * width + i]; missing rows are zero.
RBK_INLINE void rbk_pack(const float *rows, size_t count, size_t d, size_t dims, size_t width, float *panel) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const float *row = rows + i * d;
    size_t j = 0;
    for (; j + 4 <= dims; j += 4) {
      rbk_f4 a = *(const rbk_f4 *)(row + j), b = *(const rbk_f4 *)(row + d + j);
      rbk_f4 c = *(const rbk_f4 *)(row + 2 * d + j), e = *(const rbk_f4 *)(row + 3 * d + j);
      rbk_f4 ab_lo = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_hi = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      rbk_f4 ce_lo = __builtin_shufflevector(c, e, 0, 4, 1, 5), ce_hi = __builtin_shufflevector(c, e, 2, 6, 3, 7);
      float *to = panel + j * width + i;
      *(rbk_f4 *)to = __builtin_shufflevector(ab_lo, ce_lo, 0, 1, 4, 5);
      *(rbk_f4 *)(to + width) = __builtin_shufflevector(ab_lo, ce_lo, 2, 3, 6, 7);
      *(rbk_f4 *)(to + 2 * width) = __builtin_shufflevector(ab_hi, ce_hi, 0, 1, 4, 5);
      *(rbk_f4 *)(to + 3 * width) = __builtin_shufflevector(ab_hi, ce_hi, 2, 3, 6, 7);
    }
    for (; j < dims; j++) {
      for (size_t r = 0; r < 4; r++) panel[j * width + i + r] = row[r * d + j];
    }
  }
  for (; i < width; i++) {
    for (size_t j = 0; j < dims; j++) panel[j * width + i] = i < count ? rows[i * d + j] : 0;
  }
}

/// One tile: the products of RBK_TILE_QUERIES queries and `vectors` vectors of rows over `dims` dimensions, written to
/// out (stride `out_stride`), or added to it.
RBK_INLINE void rbk_tile(
    const float *const query[RBK_TILE_QUERIES], const float *panel, size_t dims, size_t vectors, int add, float *out,
    size_t out_stride) {
  RBK_VEC sum[RBK_TILE_QUERIES][RBK_TILE_VECTORS];
#pragma clang loop unroll(full)
  for (size_t i = 0; i < RBK_TILE_QUERIES; i++) {
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
      sum[i][v] = v_zero();
      __builtin_prefetch(out + i * out_stride + v * RBK_LANES, 1, 3);  // needed when the loop ends
    }
  }
#pragma clang loop unroll(disable)
  for (size_t j = 0; j < dims; j++) {
    RBK_VEC x[RBK_TILE_VECTORS];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) x[v] = v_load(panel + (j * vectors + v) * RBK_LANES);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < RBK_TILE_QUERIES; i++) {
      RBK_VEC q = v_broadcast(query[i][j]);
#pragma clang loop unroll(full)
      for (size_t v = 0; v < vectors; v++) sum[i][v] = v_fma(q, x[v], sum[i][v]);
    }
  }
#pragma clang loop unroll(full)
  for (size_t i = 0; i < RBK_TILE_QUERIES; i++) {
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
      float *to = out + i * out_stride + v * RBK_LANES;
      v_store(to, add ? v_add(v_load(to), sum[i][v]) : sum[i][v]);
    }
  }
}

/// Streams `nq` queries past one packed panel of `vectors` vectors, `count` of whose rows are real.
RBK_INLINE void rbk_stream(
    const float *queries, size_t nq, size_t d, const float *panel, size_t dims, size_t vectors, size_t count, int add,
    float *out, size_t out_stride) {
  for (size_t i = 0; i < nq; i += RBK_TILE_QUERIES) {
    size_t some = nq - i < RBK_TILE_QUERIES ? nq - i : RBK_TILE_QUERIES;
    const float *query[RBK_TILE_QUERIES];
    for (size_t r = 0; r < RBK_TILE_QUERIES; r++) query[r] = queries + (i + (r < some ? r : some - 1)) * d;
    float *to = out + i * out_stride;
    if (some == RBK_TILE_QUERIES && count == vectors * RBK_LANES) {
      rbk_tile(query, panel, dims, vectors, add, to, out_stride);
      continue;
    }
    float edge[RBK_TILE_QUERIES * RBK_PANEL_ROWS];
    rbk_tile(query, panel, dims, vectors, 0, edge, RBK_PANEL_ROWS);
    for (size_t r = 0; r < some; r++) {
      for (size_t c = 0; c < count; c++) {
        float value = edge[r * RBK_PANEL_ROWS + c];
        to[r * out_stride + c] = add ? to[r * out_stride + c] + value : value;
      }
    }
  }
}

static void dot_block_f32(
    const float *queries, size_t nq, const float *rows, size_t n, size_t d, float *out, size_t out_stride) {
  _Alignas(64) float panel[RBK_PANEL_DIMS * RBK_PANEL_ROWS];
  for (size_t first = 0; first < nq; first += RBK_QUERY_BLOCK) {
    size_t some = nq - first < RBK_QUERY_BLOCK ? nq - first : RBK_QUERY_BLOCK;
    for (size_t row = 0; row < n; row += RBK_PANEL_ROWS) {
      size_t count = n - row < RBK_PANEL_ROWS ? n - row : RBK_PANEL_ROWS;
      size_t vectors = (count + RBK_LANES - 1) / RBK_LANES;
      size_t from = 0;
      do {  // once even when d is 0: the empty sums are written too
        size_t dims = d - from < RBK_PANEL_DIMS ? d - from : RBK_PANEL_DIMS;
        rbk_pack(rows + row * d + from, count, d, dims, vectors * RBK_LANES, panel);
        float *to = out + first * out_stride + row;
        const float *from_query = queries + first * d + from;
#pragma clang loop unroll(full)
        for (size_t v = 1; v <= RBK_TILE_VECTORS; v++) {  // a constant number of vectors in each copy of the loops
          if (v == vectors) rbk_stream(from_query, some, d, panel, dims, v, count, from > 0, to, out_stride);
        }
        from += dims;
      } while (from < d);
    }
  }
}
