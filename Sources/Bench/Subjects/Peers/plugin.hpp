// The common parts of this folder's plug-ins: messages of exceptions, threads, normalised vectors.

#ifndef RECALLBENCH_PLUGIN_HPP
#define RECALLBENCH_PLUGIN_HPP

#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "recallbench_index.h"

// The version is named by the compiler's option -DLIBRARY_VERSION='"1.0"'; the instructions are those of -march=native.
#ifndef LIBRARY_VERSION
#define LIBRARY_VERSION "of unknown version"
#endif
#if defined(__AVX512F__)
#define LIBRARY_WITH_INSTRUCTIONS LIBRARY_VERSION ", AVX-512"
#elif defined(__AVX2__)
#define LIBRARY_WITH_INSTRUCTIONS LIBRARY_VERSION ", AVX2"
#elif defined(__ARM_NEON)
#define LIBRARY_WITH_INSTRUCTIONS LIBRARY_VERSION ", NEON"
#else
#define LIBRARY_WITH_INSTRUCTIONS LIBRARY_VERSION
#endif

namespace recallbench {

// Calls a function and returns the message of the exception that left it, or null.
template <typename Body>
const char *guarded(Body body) {
  static thread_local std::string message;
  try {
    body();
    return nullptr;
  } catch (const std::exception &error) {
    message = error.what();
  } catch (...) {
    message = "an exception that is no std::exception";
  }
  return message.c_str();
}

// Calls body(row, thread) once for each row, on `threads` threads. Throws the first exception after all have ended.
template <typename Body>
void for_each_row(uint64_t count, uint32_t threads, Body body) {
  std::atomic<uint64_t> next{0};
  std::exception_ptr failure;
  std::mutex lock;
  auto work = [&](uint32_t thread) {
    try {
      for (uint64_t row = next++; row < count; row = next++) body(row, thread);
    } catch (...) {
      next = count;
      std::lock_guard<std::mutex> guard(lock);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> team;
  for (uint32_t thread = 1; thread < threads; thread++) team.emplace_back(work, thread);
  work(0);
  for (std::thread &thread : team) thread.join();
  if (failure) std::rethrow_exception(failure);
}

// Whether a search may return an id.
inline bool accepts(const rb_filter *filter, uint64_t id) {
  return id < filter->bits && (filter->words[id / 64] >> (id % 64) & 1);
}

// The parameters of a graph whose nodes have no fixed number of links.
const rb_parameter graph_parameters[] = {
    {"M", "links of a node; twice as many on the lowest level", RB_INTEGER, 0, 2, 512, 16, nullptr},
    {"ef_construction", "candidates that are kept while building", RB_INTEGER, 0, 1, 1e6, 200, nullptr},
    {"ef", "candidates that are kept while searching", RB_INTEGER, 1, 1, 1e6, 64, nullptr},
};

// A kind for vectors of floats; its functions are set afterwards.
template <size_t count>
rb_kind kind_named(const char *name, const char *summary, const rb_parameter (&parameters)[count]) {
  rb_kind kind = rb_kind();
  kind.struct_size = sizeof(rb_kind);
  kind.metrics = RB_EUCLIDEAN | RB_ANGULAR | RB_DOT;
  kind.parameter_count = count;
  kind.name = name;
  kind.summary = summary;
  kind.parameters = parameters;
  return kind;
}

// Writes a normalised vector. A zero vector is left unchanged.
inline void normalise(const float *from, float *to, size_t dimension) {
  float sum = 0;
  for (size_t i = 0; i < dimension; i++) sum += from[i] * from[i];
  const float scale = sum > 0 ? 1 / std::sqrt(sum) : 0;
  for (size_t i = 0; i < dimension; i++) to[i] = from[i] * scale;
}

// The vectors in the form that an index stores for a metric: for angular a normalised copy in `room`.
inline const float *stored(rb_vectors vectors, size_t dimension, uint32_t metric, std::vector<float> &room) {
  if (metric != RB_ANGULAR) return vectors.rows;
  room.resize(vectors.count * dimension);
  for (uint64_t row = 0; row < vectors.count; row++)
    normalise(vectors.rows + row * dimension, room.data() + row * dimension, dimension);
  return room.data();
}

}  // namespace recallbench

#endif
