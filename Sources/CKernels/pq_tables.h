#pragma once
#include "pq.h"

/// Table look-ups by plain loads, compiled once: wider instruction sets tempt the compiler into gathers, at half the
/// speed.
void rbk_pq_scan8_loads(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                        const rbk_pq_corrections *corrections, rbk_pq_query *queries, size_t nq);
void rbk_pq_adc4_loads(const uint8_t *blocks, size_t m, const float *tables, const uint32_t *index, size_t n,
                       float *out);
void rbk_pq_adc8_loads(const uint8_t *blocks, size_t m, const float *tables, const uint32_t *index, size_t n,
                       float *out);

extern const rbk_pq_kernels rbk_pq_scalar;
#if defined(__x86_64__)
extern const rbk_pq_kernels rbk_pq_avx2;
extern const rbk_pq_kernels rbk_pq_avx512;
extern const rbk_pq_kernels rbk_pq_avx512vbmi;
#elif defined(__aarch64__)
extern const rbk_pq_kernels rbk_pq_neon;
#endif
