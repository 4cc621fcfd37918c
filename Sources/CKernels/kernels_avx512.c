/// AVX-512 F, BW, DQ, VL; and VNNI and VPOPCNTDQ where the CPU has them, each on its own.
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

RBK_ROWS(l2_f32, float, float, float, 16, v_load, v_load, l2_step, v_zero(), reduce4_f32)
RBK_ROWS(dot_f32, float, float, float, 16, v_load, v_load, dot_step, v_zero(), reduce4_f32)
RBK_ROWS(l1_f32, float, float, float, 16, v_load, v_load, l1_step, v_zero(), reduce4_f32)

RBK_BLOCK(l2_block_f32, 4, 16, l2_step, reduce4_f32)

RBK_TRANSPOSED(l2_transposed_f32, 16, 4, l2_step)
RBK_TRANSPOSED(dot_transposed_f32, 16, 4, dot_step)
RBK_TRANSPOSED(l1_transposed_f32, 16, 4, l1_step)

#include "kernels_block.h"
#include "kernels_cluster.h"
#include "kernels_codebook.h"
#include "kernels_select.h"

RBK_LIMITS(16)

// 16-bit floats are widened and summed as float32. The BF16 dot instruction is of no use to a float32 query: it would
// round the query, flush denormals, and split into exact parts it needs as many cycles as widening does.

RBK_INLINE __m512 load_f16(const uint16_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
RBK_INLINE __m512 load_f16_part(const uint16_t *p, size_t count) {
  return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first_lanes(count), p));
}

RBK_ROWS(l2_f16, float, uint16_t, float, 16, v_load, load_f16, l2_step, v_zero(), reduce4_f32)
RBK_ROWS(dot_f16, float, uint16_t, float, 16, v_load, load_f16, dot_step, v_zero(), reduce4_f32)
RBK_ROWS(l1_f16, float, uint16_t, float, 16, v_load, load_f16, l1_step, v_zero(), reduce4_f32)

RBK_INLINE __m512 widen_bf16(__m256i x) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16)); }
RBK_INLINE __m512 load_bf16(const uint16_t *p) { return widen_bf16(_mm256_loadu_si256((const __m256i *)p)); }
RBK_INLINE __m512 load_bf16_part(const uint16_t *p, size_t count) {
  return widen_bf16(_mm256_maskz_loadu_epi16(first_lanes(count), p));
}

RBK_ROWS(l2_bf16, float, uint16_t, float, 16, v_load, load_bf16, l2_step, v_zero(), reduce4_f32)
RBK_ROWS(dot_bf16, float, uint16_t, float, 16, v_load, load_bf16, dot_step, v_zero(), reduce4_f32)
RBK_ROWS(l1_bf16, float, uint16_t, float, 16, v_load, load_bf16, l1_step, v_zero(), reduce4_f32)

RBK_INLINE __m512i load_bytes(const void *p) { return _mm512_loadu_si512(p); }
RBK_INLINE __m512i load_bytes_part(const void *p, size_t count) {
  return _mm512_maskz_loadu_epi8(((__mmask64)1 << count) - 1, p);
}

/// |q − x| of unsigned and of signed bytes, as unsigned bytes.
RBK_INLINE __m512i apart_u8(__m512i q, __m512i x) {
  return _mm512_or_si512(_mm512_subs_epu8(q, x), _mm512_subs_epu8(x, q));
}
RBK_INLINE __m512i apart_i8(__m512i q, __m512i x) {
  return _mm512_sub_epi8(_mm512_max_epi8(q, x), _mm512_min_epi8(q, x));
}

/// Even and odd bytes as 16-bit numbers; their order does not matter to a sum.
RBK_INLINE __m512i even_u8(__m512i x) { return _mm512_and_si512(x, _mm512_set1_epi16(0xff)); }
RBK_INLINE __m512i odd_u8(__m512i x) { return _mm512_srli_epi16(x, 8); }
RBK_INLINE __m512i even_i8(__m512i x) { return _mm512_srai_epi16(_mm512_slli_epi16(x, 8), 8); }
RBK_INLINE __m512i odd_i8(__m512i x) { return _mm512_srai_epi16(x, 8); }

RBK_INLINE __m512i multiply_add(__m512i sum, __m512i a, __m512i b) {
  return _mm512_add_epi32(sum, _mm512_madd_epi16(a, b));
}
RBK_INLINE __m512i square_add(__m512i sum, __m512i apart) {
  __m512i even = even_u8(apart), odd = odd_u8(apart);
  return multiply_add(multiply_add(sum, even, even), odd, odd);
}
RBK_INLINE __m512i l2_u8_step(__m512i sum, __m512i q, __m512i x) { return square_add(sum, apart_u8(q, x)); }
RBK_INLINE __m512i l2_i8_step(__m512i sum, __m512i q, __m512i x) { return square_add(sum, apart_i8(q, x)); }
RBK_INLINE __m512i dot_u8_step(__m512i sum, __m512i q, __m512i x) {
  return multiply_add(multiply_add(sum, even_u8(q), even_u8(x)), odd_u8(q), odd_u8(x));
}
RBK_INLINE __m512i dot_i8_step(__m512i sum, __m512i q, __m512i x) {
  return multiply_add(multiply_add(sum, even_i8(q), even_i8(x)), odd_i8(q), odd_i8(x));
}
/// `sad` leaves its sums in the even 32-bit lanes, zeros in the odd ones.
RBK_INLINE __m512i l1_u8_step(__m512i sum, __m512i q, __m512i x) {
  return _mm512_add_epi32(sum, _mm512_sad_epu8(q, x));
}
RBK_INLINE __m512i l1_i8_step(__m512i sum, __m512i q, __m512i x) {
  return _mm512_add_epi32(sum, _mm512_sad_epu8(apart_i8(q, x), _mm512_setzero_si512()));
}

RBK_INLINE void reduce4_i32(__m512i a, __m512i b, __m512i c, __m512i e, int32_t *out) {
  __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  __m512i ce = _mm512_add_epi32(_mm512_unpacklo_epi32(c, e), _mm512_unpackhi_epi32(c, e));
  __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, ce), _mm512_unpackhi_epi64(ab, ce));
  __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
  __m128i quarter = _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  _mm_storeu_si128((__m128i *)out, quarter);
}

#define ZERO _mm512_setzero_si512()
RBK_ROWS(l2_u8, uint8_t, uint8_t, int32_t, 64, load_bytes, load_bytes, l2_u8_step, ZERO, reduce4_i32)
RBK_ROWS(dot_u8, uint8_t, uint8_t, int32_t, 64, load_bytes, load_bytes, dot_u8_step, ZERO, reduce4_i32)
RBK_ROWS(l1_u8, uint8_t, uint8_t, int32_t, 64, load_bytes, load_bytes, l1_u8_step, ZERO, reduce4_i32)
RBK_ROWS(l2_i8, int8_t, int8_t, int32_t, 64, load_bytes, load_bytes, l2_i8_step, ZERO, reduce4_i32)
RBK_ROWS(dot_i8, int8_t, int8_t, int32_t, 64, load_bytes, load_bytes, dot_i8_step, ZERO, reduce4_i32)
RBK_ROWS(l1_i8, int8_t, int8_t, int32_t, 64, load_bytes, load_bytes, l1_i8_step, ZERO, reduce4_i32)

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

RBK_ROWS(hamming_u64, uint64_t, uint64_t, uint32_t, 8, load_u64, load_u64, hamming_step, ZERO, reduce4_u64)

#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq"))), \
                             apply_to = function)

RBK_INLINE __m512i hamming_vpopcntdq_step(__m512i sum, __m512i q, __m512i x) {
  return _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(q, x)));
}
RBK_ROWS(hamming_u64_vpopcntdq, uint64_t, uint64_t, uint32_t, 8, load_u64, load_u64, hamming_vpopcntdq_step,
         ZERO, reduce4_u64)

#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), \
                             apply_to = function)

RBK_INLINE __m512i square_add_vnni(__m512i sum, __m512i apart) {
  __m512i even = even_u8(apart), odd = odd_u8(apart);
  return _mm512_dpwssd_epi32(_mm512_dpwssd_epi32(sum, even, even), odd, odd);
}
RBK_INLINE __m512i l2_u8_vnni_step(__m512i sum, __m512i q, __m512i x) { return square_add_vnni(sum, apart_u8(q, x)); }
RBK_INLINE __m512i l2_i8_vnni_step(__m512i sum, __m512i q, __m512i x) { return square_add_vnni(sum, apart_i8(q, x)); }
RBK_ROWS(l2_u8_vnni, uint8_t, uint8_t, int32_t, 64, load_bytes, load_bytes, l2_u8_vnni_step, ZERO, reduce4_i32)
RBK_ROWS(l2_i8_vnni, int8_t, int8_t, int32_t, 64, load_bytes, load_bytes, l2_i8_vnni_step, ZERO, reduce4_i32)

// VNNI multiplies unsigned by signed bytes, so rows are shifted by 128 into the other range; Σ q · 128 is put right
// once a call. Zeros at the end stay harmless, because the query's are zero too.
RBK_INLINE __m512i flip_sign(__m512i x) { return _mm512_xor_si512(x, _mm512_set1_epi8(-128)); }
RBK_INLINE __m512i shifted_u8_step(__m512i sum, __m512i q, __m512i x) {
  return _mm512_dpbusd_epi32(sum, q, flip_sign(x));
}
RBK_INLINE __m512i shifted_i8_step(__m512i sum, __m512i q, __m512i x) {
  return _mm512_dpbusd_epi32(sum, flip_sign(x), q);
}
RBK_ROWS(shifted_u8, uint8_t, uint8_t, int32_t, 64, load_bytes, load_bytes, shifted_u8_step, ZERO, reduce4_i32)
RBK_ROWS(shifted_i8, int8_t, int8_t, int32_t, 64, load_bytes, load_bytes, shifted_i8_step, ZERO, reduce4_i32)

#define RBK_DOT_VNNI(ELEM, SHIFTED, NAME, SHIFT)                                                                      \
  static void NAME##_put_right(const ELEM *query, size_t n, size_t d, int32_t *out) {                                 \
    int32_t sum = 0;                                                                                                  \
    for (size_t j = 0; j < d; j++) sum += query[j];                                                                   \
    for (size_t i = 0; i < n; i++) out[i] += sum * (SHIFT);                                                           \
  }                                                                                                                   \
  static void NAME(const ELEM *query, const ELEM *rows, size_t n, size_t d, int32_t *out) {                           \
    SHIFTED(query, rows, n, d, out);                                                                                  \
    NAME##_put_right(query, n, d, out);                                                                               \
  }                                                                                                                   \
  static void NAME##_gather(                                                                                          \
      const ELEM *query, const ELEM *base, const uint32_t *index, size_t n, size_t d, int32_t *out) {                 \
    SHIFTED##_gather(query, base, index, n, d, out);                                                                  \
    NAME##_put_right(query, n, d, out);                                                                               \
  }
RBK_DOT_VNNI(uint8_t, shifted_u8, dot_u8_vnni, 128)
RBK_DOT_VNNI(int8_t, shifted_i8, dot_i8_vnni, -128)

#pragma clang attribute pop

void rbk_fill_avx512(rbk_kernel_table *table, rbk_extras extras) {
  *table = RBK_TABLE(
      "avx512", RBK_CHAINS * RBK_LANES * 2, extras.vnni ? &rbk_sq4_avx512vnni : &rbk_sq4_avx2,
      extras.vbmi_vnni ? &rbk_pq_avx512vbmi : &rbk_pq_avx512);
  if (extras.vnni) {
    table->l2_u8 = l2_u8_vnni;
    table->l2_u8_gather = l2_u8_vnni_gather;
    table->dot_u8 = dot_u8_vnni;
    table->dot_u8_gather = dot_u8_vnni_gather;
    table->l2_i8 = l2_i8_vnni;
    table->l2_i8_gather = l2_i8_vnni_gather;
    table->dot_i8 = dot_i8_vnni;
    table->dot_i8_gather = dot_i8_vnni_gather;
  }
  if (extras.vpopcntdq) {
    table->hamming_u64 = hamming_u64_vpopcntdq;
    table->hamming_u64_gather = hamming_u64_vpopcntdq_gather;
  }
}
#endif
