#pragma once
#include <stddef.h>
#include <stdint.h>

/// Squared Euclidean distance of one query to n rows of d floats: out[i] = Σ (q − row_i)².
typedef void (*rbk_one_to_rows_f32)(const float *query, const float *rows, size_t n, size_t d, float *out);
