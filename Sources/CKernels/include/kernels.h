/// Distance kernels, one table of functions for each instruction set.
///
/// Conventions, for every kernel:
/// - Rows are row-major and dense: row i starts at `rows + i * d`. No alignment is required, nothing is read past
///   the last element, and `n`, `nq` and `d` may be 0 (an empty sum is 0).
/// - Outputs must not overlap inputs. Kernels keep no state and may run on any number of threads.
/// - "L2" is the squared Euclidean distance, "dot" the inner product (not negated), "L1" the sum of absolute
///   differences. A NaN in a float row or query makes that row's result NaN; overflow gives an infinity.
/// - Within one table a (query, row) pair gives the same bits in every form that says so: contiguous or gathered, at
///   any position, for any n. Tables of different instruction sets differ in the last bits of float results, because
///   they add in another order; integer results are equal everywhere.
#pragma once
#include "crc32c.h"
#include "pq.h"
#include "sq.h"
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Tables never change once they are filled, so Swift may share them.
#define RBK_SENDABLE __attribute__((swift_attr("@Sendable")))

/// One float32 query (d) to n rows: out[i] for row i.
typedef void (*rbk_f32_rows)(const float *query, const float *rows, size_t n, size_t d, float *out);
/// One float32 query (d) to the n rows at these addresses: out[i]. Bits do not depend on n; prefetches ahead.
///
/// Four rows are computed as fast as one. Rows of float32 have the bits of the contiguous form. Rows of 16-bit floats are
/// IEEE binary16, as raw bits. Rows of bytes are rbk_range_bytes + d bytes: the least value and a step, then bytes b that
/// stand for least + step·b; they need no alignment. Sums are float32.
typedef void (*rbk_gather)(
    const float *query, const void *_Nonnull const *_Nonnull rows, size_t n, size_t d, float *out);
/// The bytes before the components of a row of bytes: the least value and a step, both float.
enum { rbk_range_bytes = 8 };
/// One packed query (`words` × 64 bits) to n packed rows: out[i] = the number of bits that differ.
typedef void (*rbk_u64_rows)(const uint64_t *query, const uint64_t *rows, size_t n, size_t words, uint32_t *out);
/// nq queries (nq × d) to n rows (n × d): out[i * out_stride + j] for query i and row j; out_stride ≥ n, in floats.
typedef void (*rbk_f32_block)(
    const float *queries, size_t nq, const float *rows, size_t n, size_t d, float *out, size_t out_stride);

/// The nearest two centroids of n vectors, given inner products: products[c * stride + i] of centroid `from` + c and
/// vector i, c < k. A centroid's value is half_norms[c] − product, ½‖x − c‖² less ½‖x‖²; ties go to the lower centroid.
/// best[i] is its number (0 when no value is a number), values[i] and seconds[i] the least two values. Many centroids go
/// through in turns, in ascending order: `from` 0 starts afresh, a later turn goes on from the results so far.
typedef void (*rbk_nearest_two)(
    const float *products, size_t stride, const float *half_norms, size_t from, size_t k, size_t n, uint32_t *best,
    float *values, float *seconds);

/// sums[j] += Σᵢ base[index[i] * d + j], in the order of the indices, in float64.
typedef void (*rbk_sum_gather)(const float *base, const uint32_t *index, size_t n, size_t d, double *sums);

/// The nearest of ksub codewords for n vectors of dsub components: codes[i] for vector i; ties go to the lower codeword.
///
/// Both sides stand component-major: component j of vector i is vectors[j * stride + i], that of codeword c
/// codebook[j * ksub + c]; ksub is a multiple of 16, at most 256. A distance that is NaN or infinite never wins; code 0
/// is left when none does. A vector's code does not depend on n or its position.
typedef void (*rbk_nearest_codeword)(
    const float *vectors, size_t stride, size_t n, size_t dsub, const float *codebook, size_t ksub, uint8_t *codes);

/// The codeword of least ‖x − c‖² + weight · (along[i] + u·(x − c))², for directions u laid out like the vectors.
typedef void (*rbk_cheapest_codeword)(
    const float *vectors, const float *directions, size_t stride, size_t n, size_t dsub, const float *codebook,
    size_t ksub, const float *along, float weight, uint8_t *codes);

/// Asks for the first bytes of a row, from where the hardware prefetcher follows: asking for whole rows was slower
/// (d = 384 beyond L3: 11.3 GB/s so, 8.6 with whole rows).
static inline void rbk_prefetch(const void *row, size_t bytes) {
  if (bytes > 512) bytes = 512;
  for (size_t offset = 0; offset < bytes; offset += 64) __builtin_prefetch((const char *)row + offset, 0, 3);
}

/// Asks for every `step`-th byte, into the L2 cache.
static inline void rbk_prefetch_steps(const void *from, size_t bytes, size_t step) {
  for (size_t offset = 0; offset < bytes; offset += step) __builtin_prefetch((const char *)from + offset, 0, 2);
}

/// The kernels of one instruction set.
typedef struct RBK_SENDABLE rbk_kernel_table {
  /// "scalar", "avx2", "avx512-base" (without VNNI and VPOPCNTDQ), "avx512", "neon-base" (without dot products) or
  /// "neon".
  const char *name;

  rbk_f32_rows _Nonnull l2_f32, dot_f32, l1_f32;
  rbk_gather _Nonnull l2_f32_gather, dot_f32_gather, l1_f32_gather;

  rbk_gather _Nonnull l2_f16_gather, dot_f16_gather, l1_f16_gather;
  rbk_gather _Nonnull l2_u8_gather, dot_u8_gather, l1_u8_gather;
  rbk_u64_rows _Nonnull hamming_u64;

  /// All inner products, at the speed of the multiply-add units: rows are packed, registers hold a tile of results.
  ///
  /// A pair's bits do not depend on nq, n or position, but differ from `dot_f32` (another order of addition): the
  /// difference is at most about d · 2⁻²⁴ · Σ|qⱼ·rⱼ| on either side, which a caller who needs the bits of `dot_f32`
  /// takes as the margin of a filter. Keep nq × n results within the L2 cache (512 × 480, say) and consume them there:
  /// results that go to memory cost a quarter of the speed. Takes 96 KiB of stack; below eight queries the one-to-many
  /// form is faster.
  rbk_f32_block _Nonnull dot_block_f32;

  /// One subspace of a product quantiser: direct distances, which at a few dimensions beat a matrix product 2 to 5 times.
  rbk_nearest_codeword _Nonnull nearest_codeword_f32;
  rbk_cheapest_codeword _Nonnull cheapest_codeword_f32;

  rbk_nearest_two _Nonnull nearest_two_f32;
  rbk_sum_gather _Nonnull sum_gather_f64;

  /// A limit within which are at least `some` of n ≥ 1 values and no more than `most`, unless equal ones are more.
  ///
  /// 1 ≤ some ≤ most, some ≤ n. NaN counts as infinity; values of −FLT_MAX / 2 and below count as equal.
  float (*_Nonnull limit_of_least_f32)(const float *values, size_t n, size_t some, size_t most);

  /// Scalar codes of 4 and of 6 bits: see sq.h.
  const rbk_sq_kernels *_Nonnull sq4, *_Nonnull sq6;
  /// Product quantisation: see pq.h.
  const rbk_pq_kernels *_Nonnull pq;

  /// What this instruction set can do at best on this machine, for the kernel report. `read_stream` reads `count`
  /// floats and returns their sum; `multiply_add_chains` does `rounds` rounds of `flops_a_round` floating-point
  /// operations in registers.
  float (*_Nonnull read_stream)(const float *floats, size_t count);
  float (*_Nonnull multiply_add_chains)(size_t rounds);
  size_t flops_a_round;
} rbk_kernel_table;

/// The table in use: the best that this CPU has, or the one that `RECALLBENCH_SIMD` names. Never NULL.
const rbk_kernel_table *rbk_kernels(void);

/// The table of that name; NULL when unknown, or when this CPU or build lacks it.
const rbk_kernel_table *_Nullable rbk_kernels_for(const char *isa);

/// One line saying why `RECALLBENCH_SIMD` could not be followed, or NULL; the best table is in use then.
const char *_Nullable rbk_simd_error(void);

#pragma clang assume_nonnull end
