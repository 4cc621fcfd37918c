/// AVX-512 F, BW, DQ, VL; and VPOPCNTDQ where the CPU has it.
#if defined(__x86_64__)
#include "kernels_tables.h"
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c"))), \
                             apply_to = function)

#define RBK_VEC __m512
#define RBK_LANES 16
// 24 accumulators, 3 vectors of rows and the broadcast query fill 28 of 32 registers.
#define RBK_TILE_QUERIES 8
#define RBK_TILE_VECTORS 3
#include "kernels_rows.h"

RBK_INLINE __mmask16 first_lanes(size_t count) { return (__mmask16)((1u << count) - 1); }

RBK_INLINE __m512 v_zero(void) { return _mm512_setzero_ps(); }
RBK_INLINE __m512 v_load(const float *p) { return _mm512_loadu_ps(p); }
RBK_INLINE __m512 v_load_part(const float *p, size_t count) { return _mm512_maskz_loadu_ps(first_lanes(count), p); }
RBK_INLINE void v_store(float *p, __m512 x) { _mm512_storeu_ps(p, x); }
RBK_INLINE __m512 v_broadcast(float x) { return _mm512_set1_ps(x); }
RBK_INLINE __m512 v_add(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
RBK_INLINE __m512 v_fma(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }

RBK_INLINE __m512 l2_step(__m512 sum, __m512 q, __m512 x) {
  __m512 difference = _mm512_sub_ps(q, x);
  return _mm512_fmadd_ps(difference, difference, sum);
}
RBK_INLINE __m512 dot_step(__m512 sum, __m512 q, __m512 x) { return _mm512_fmadd_ps(q, x, sum); }
RBK_INLINE __m512 l1_step(__m512 sum, __m512 q, __m512 x) {
  return _mm512_add_ps(sum, _mm512_abs_ps(_mm512_sub_ps(q, x)));
}

/// out[r] = the sum of vector r's lanes: a 4 × 4 transposition in each 128-bit lane, then the lanes together.
RBK_INLINE void reduce4_f32(__m512 a, __m512 b, __m512 c, __m512 e, float *out) {
  __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  __m512 ce = _mm512_add_ps(_mm512_unpacklo_ps(c, e), _mm512_unpackhi_ps(c, e));
  __m512 all = _mm512_add_ps(
      _mm512_shuffle_ps(ab, ce, _MM_SHUFFLE(1, 0, 1, 0)), _mm512_shuffle_ps(ab, ce, _MM_SHUFFLE(3, 2, 3, 2)));
  __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
}

// 16-bit floats are widened and summed as float32.

RBK_INLINE __m512 load_f16(const uint16_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
RBK_INLINE __m512 load_f16_part(const uint16_t *p, size_t count) {
  return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first_lanes(count), p));
}

RBK_INLINE __m512 load_u8(const uint8_t *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

RBK_METRIC(l2)
RBK_METRIC(dot)
RBK_METRIC(l1)

#include "kernels_block.h"
#include "kernels_cluster.h"
#include "kernels_codebook.h"
#include "kernels_select.h"

RBK_LIMITS(16)

RBK_INLINE __m512i load_u64(const uint64_t *p) { return _mm512_loadu_si512(p); }
RBK_INLINE __m512i load_u64_part(const uint64_t *p, size_t count) {
  return _mm512_maskz_loadu_epi64((__mmask8)((1u << count) - 1), p);
}

/// Bits by nibble lookup, summed over each 64-bit lane.
RBK_INLINE __m512i hamming_step(__m512i sum, __m512i q, __m512i x) {
  const __m512i counts = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m512i low = _mm512_set1_epi8(15);
  __m512i bits = _mm512_xor_si512(q, x);
  __m512i in_low = _mm512_shuffle_epi8(counts, _mm512_and_si512(bits, low));
  __m512i in_high = _mm512_shuffle_epi8(counts, _mm512_and_si512(_mm512_srli_epi16(bits, 4), low));
  return _mm512_add_epi64(sum, _mm512_sad_epu8(_mm512_add_epi8(in_low, in_high), _mm512_setzero_si512()));
}

RBK_INLINE void reduce4_u64(__m512i a, __m512i b, __m512i c, __m512i e, uint32_t *out) {
  __m512i ab = _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
  __m512i ce = _mm512_add_epi64(_mm512_unpacklo_epi64(c, e), _mm512_unpackhi_epi64(c, e));
  __m256i ab_half = _mm256_add_epi64(_mm512_castsi512_si256(ab), _mm512_extracti64x4_epi64(ab, 1));
  __m256i ce_half = _mm256_add_epi64(_mm512_castsi512_si256(ce), _mm512_extracti64x4_epi64(ce, 1));
  __m256i all = _mm256_add_epi64(
      _mm256_permute2x128_si256(ab_half, ce_half, 0x20), _mm256_permute2x128_si256(ab_half, ce_half, 0x31));
  _mm_storeu_si128((__m128i *)out, _mm256_cvtepi64_epi32(all));
}

RBK_ROWS(hamming_u64, uint64_t, uint64_t, uint32_t, 8, load_u64, load_u64, hamming_step, _mm512_setzero_si512(),
         reduce4_u64)
RBK_CONTIGUOUS(hamming_u64, uint64_t, uint32_t)

#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq"))), \
                             apply_to = function)

RBK_INLINE __m512i hamming_vpopcntdq_step(__m512i sum, __m512i q, __m512i x) {
  return _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(q, x)));
}
RBK_ROWS(hamming_u64_vpopcntdq, uint64_t, uint64_t, uint32_t, 8, load_u64, load_u64, hamming_vpopcntdq_step,
         _mm512_setzero_si512(), reduce4_u64)
RBK_CONTIGUOUS(hamming_u64_vpopcntdq, uint64_t, uint32_t)

#pragma clang attribute pop

void rbk_fill_avx512(rbk_kernel_table *table, rbk_extras extras) {
  *table = RBK_TABLE(
      "avx512", RBK_CHAINS * RBK_LANES * 2, extras.vnni ? &rbk_sq_avx512vnni : &rbk_sq_avx2,
      extras.vbmi_vnni ? &rbk_pq_avx512vbmi : &rbk_pq_avx512);
  if (extras.vpopcntdq) table->hamming_u64 = hamming_u64_vpopcntdq;
}
#endif
