/// AVX2 with FMA, F16C and POPCNT.
#if defined(__x86_64__)
#include "kernels_tables.h"
#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,popcnt"))), apply_to = function)

#define RBK_VEC __m256
#define RBK_LANES 8
// 12 accumulators, 2 vectors of rows and the broadcast query fill 15 of 16 registers.
#define RBK_TILE_QUERIES 6
#define RBK_TILE_VECTORS 2
#include "kernels_rows.h"

/// All ones in the first `count` of eight 32-bit lanes.
RBK_INLINE __m256i first_lanes(size_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

RBK_INLINE __m256 v_zero(void) { return _mm256_setzero_ps(); }
RBK_INLINE __m256 v_load(const float *p) { return _mm256_loadu_ps(p); }
RBK_INLINE __m256 v_load_part(const float *p, size_t count) { return _mm256_maskload_ps(p, first_lanes(count)); }
RBK_INLINE void v_store(float *p, __m256 x) { _mm256_storeu_ps(p, x); }
RBK_INLINE __m256 v_broadcast(float x) { return _mm256_set1_ps(x); }
RBK_INLINE __m256 v_add(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
RBK_INLINE __m256 v_fma(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }

RBK_INLINE __m256 l2_step(__m256 sum, __m256 q, __m256 x) {
  __m256 difference = _mm256_sub_ps(q, x);
  return _mm256_fmadd_ps(difference, difference, sum);
}
RBK_INLINE __m256 dot_step(__m256 sum, __m256 q, __m256 x) { return _mm256_fmadd_ps(q, x, sum); }
RBK_INLINE __m256 l1_step(__m256 sum, __m256 q, __m256 x) {
  return _mm256_add_ps(sum, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), _mm256_sub_ps(q, x)));
}

/// out[r] = the sum of vector r's lanes: a 4 × 4 transposition in each 128-bit lane, then the lanes together.
RBK_INLINE void reduce4_f32(__m256 a, __m256 b, __m256 c, __m256 e, float *out) {
  __m256 ab = _mm256_add_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
  __m256 ce = _mm256_add_ps(_mm256_unpacklo_ps(c, e), _mm256_unpackhi_ps(c, e));
  __m256 all = _mm256_add_ps(
      _mm256_shuffle_ps(ab, ce, _MM_SHUFFLE(1, 0, 1, 0)), _mm256_shuffle_ps(ab, ce, _MM_SHUFFLE(3, 2, 3, 2)));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1)));
}

/// The first `count` of eight 16-bit numbers; AVX2 has no masked load of them.
RBK_INLINE __m128i load_half_part(const uint16_t *p, size_t count) {
  uint16_t halves[8] = {0};
  memcpy(halves, p, count * sizeof *p);
  return _mm_loadu_si128((const __m128i *)halves);
}
RBK_INLINE __m256 load_f16(const uint16_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
RBK_INLINE __m256 load_f16_part(const uint16_t *p, size_t count) { return _mm256_cvtph_ps(load_half_part(p, count)); }

RBK_INLINE __m256 load_u8(const uint8_t *p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

RBK_METRIC(l2)
RBK_METRIC(dot)
RBK_METRIC(l1)

#include "kernels_block.h"
#include "kernels_cluster.h"
#include "kernels_codebook.h"
#include "kernels_select.h"

RBK_LIMITS(8)

RBK_INLINE __m256i load_u64(const uint64_t *p) { return _mm256_loadu_si256((const __m256i *)p); }
RBK_INLINE __m256i load_u64_part(const uint64_t *p, size_t count) {
  return _mm256_maskload_epi64((const long long *)p, _mm256_cmpgt_epi64(
      _mm256_set1_epi64x((long long)count), _mm256_setr_epi64x(0, 1, 2, 3)));
}

/// Bits by nibble lookup, summed over each 64-bit lane.
RBK_INLINE __m256i hamming_step(__m256i sum, __m256i q, __m256i x) {
  const __m256i counts = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m256i low = _mm256_set1_epi8(15);
  __m256i bits = _mm256_xor_si256(q, x);
  __m256i in_low = _mm256_shuffle_epi8(counts, _mm256_and_si256(bits, low));
  __m256i in_high = _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16(bits, 4), low));
  return _mm256_add_epi64(sum, _mm256_sad_epu8(_mm256_add_epi8(in_low, in_high), _mm256_setzero_si256()));
}

RBK_INLINE void reduce4_u64(__m256i a, __m256i b, __m256i c, __m256i e, uint32_t *out) {
  __m256i ab = _mm256_add_epi64(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
  __m256i ce = _mm256_add_epi64(_mm256_unpacklo_epi64(c, e), _mm256_unpackhi_epi64(c, e));
  __m256i all =
      _mm256_add_epi64(_mm256_permute2x128_si256(ab, ce, 0x20), _mm256_permute2x128_si256(ab, ce, 0x31));
  __m256i packed = _mm256_permutevar8x32_epi32(all, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
  _mm_storeu_si128((__m128i *)out, _mm256_castsi256_si128(packed));
}

RBK_ROWS(hamming_u64, uint64_t, uint64_t, uint32_t, 4, load_u64, load_u64, hamming_step, _mm256_setzero_si256(),
         reduce4_u64)
RBK_CONTIGUOUS(hamming_u64, uint64_t, uint32_t)

#pragma clang attribute pop

void rbk_fill_avx2(rbk_kernel_table *table) {
  *table = RBK_TABLE("avx2", RBK_CHAINS * RBK_LANES * 2, &rbk_sq_avx2, &rbk_pq_avx2);
}
#endif
