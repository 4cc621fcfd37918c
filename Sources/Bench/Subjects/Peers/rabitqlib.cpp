// RaBitQ-Library for RecallBench: the kinds "rabitqlib-ivf" and "rabitqlib-symqg".
//
// Both number the vectors by position, accept them only in one call, and search angular as L2 of normalised vectors.

#include <memory>
#include <rabitqlib/clustering/rabitqkmeans.hpp>
#include <rabitqlib/index/ivf/ivf.hpp>
#include <rabitqlib/index/symqg/qg.hpp>
#include <rabitqlib/index/symqg/qg_builder.hpp>

#include "plugin.hpp"

using rabitqlib::PID;
using Graph = rabitqlib::symqg::QuantizedGraph<float>;

struct rb_index {
  uint32_t dimension;
  uint32_t metric;
  std::vector<double> build;
  uint64_t seed;
  size_t search;  // nprobe or ef
  std::vector<uint64_t> ids;
  std::unique_ptr<rabitqlib::ivf::IVF> ivf;
  std::unique_ptr<Graph> graph;
};

struct rb_scratch {
  std::vector<float> queries, distances;
  std::vector<PID> places;
};

namespace {

const rb_parameter ivf_parameters[] = {
    {"nlist", "inverted lists", RB_INTEGER, 0, 1, 1e7, 256, nullptr},
    {"nbits", "bits of a component, 1 to 9; 32 keeps the vectors", RB_INTEGER, 0, 1, 32, 5, nullptr},
    {"nprobe", "lists that are searched", RB_INTEGER, 1, 1, 1e7, 8, nullptr},
};
const rb_parameter symqg_parameters[] = {
    {"M", "links of a node, a multiple of 32", RB_INTEGER, 0, 32, 512, 32, nullptr},
    {"ef_construction", "candidates that are kept while building", RB_INTEGER, 0, 1, 1e6, 200, nullptr},
    {"ef", "candidates that are kept while searching", RB_INTEGER, 1, 1, 1e6, 64, nullptr},
};

const char *create(rb_index **out, uint32_t dimension, uint32_t metric, const double *settings, uint64_t seed) {
  return recallbench::guarded([&] {
    std::unique_ptr<rb_index> index(new rb_index());
    index->dimension = dimension;
    index->metric = metric;
    index->build.assign(settings, settings + 2);
    index->seed = seed;
    *out = index.release();
  });
}

void destroy(rb_index *index) { delete index; }

rabitqlib::MetricType metric_of(const rb_index *index) {
  return index->metric == RB_DOT ? rabitqlib::METRIC_IP : rabitqlib::METRIC_L2;
}

const char *add_ivf(rb_index *index, const uint64_t *ids, rb_vectors vectors, uint32_t threads) {
  return recallbench::guarded([&] {
    std::vector<float> room;
    const float *rows = recallbench::stored(vectors, index->dimension, index->metric, room);
    const size_t nlist = size_t(index->build[0]);
    rabitqlib::rabitqkmeans::RaBitQKMeansParameters training;
    training.seed = uint32_t(index->seed);
    training.num_threads = threads;
    rabitqlib::rabitqkmeans::RaBitQKMeans kmeans(index->dimension, nlist, training);
    kmeans.train(vectors.count, rows);
    index->ivf.reset(new rabitqlib::ivf::IVF(
        vectors.count, index->dimension, nlist, size_t(index->build[1]), metric_of(index)));
    index->ivf->construct(rows, kmeans.centroids.data(), kmeans.assignments.data(), false, threads);
    index->ids.assign(ids, ids + vectors.count);
  });
}

const char *add_symqg(rb_index *index, const uint64_t *ids, rb_vectors vectors, uint32_t threads) {
  return recallbench::guarded([&] {
    std::vector<float> room;
    const float *rows = recallbench::stored(vectors, index->dimension, index->metric, room);
    index->graph.reset(new Graph(
        vectors.count, index->dimension, size_t(index->build[0]), metric_of(index),
        rabitqlib::RotatorType::FhtKacRotator, 0, uint32_t(index->seed)));
    rabitqlib::symqg::QGBuilder builder(
        *index->graph, uint32_t(index->build[1]), rows, threads, rabitqlib::symqg::QGInitialization::PiPNN,
        uint32_t(index->seed));
    builder.build();
    index->ids.assign(ids, ids + vectors.count);
    if (index->search) index->graph->set_ef(index->search);
  });
}

const char *set(rb_index *index, const double *settings) {
  return recallbench::guarded([&] {
    index->search = size_t(settings[0]);
    if (index->graph) index->graph->set_ef(index->search);
  });
}

const char *make_scratch(rb_index *, rb_scratch **scratch) {
  return recallbench::guarded([&] { *scratch = new rb_scratch(); });
}

void free_scratch(rb_scratch *scratch) { delete scratch; }

// Searches a batch; a single query is a batch of one.
void search_all(
    const rb_index *index, rb_scratch *scratch, rb_vectors queries, const rb_request *request, rb_answer *answers) {
  const size_t k = request->k;
  if (index->ids.empty() || queries.count == 0) return;
  const float *rows = recallbench::stored(queries, index->dimension, index->metric, scratch->queries);
  scratch->places.assign(queries.count * k, rabitqlib::kPidMax);
  PID *places = scratch->places.data();
  scratch->distances.resize(queries.count * k);
  float *distances = scratch->distances.data();
  if (index->ivf && queries.count == 1)
    index->ivf->search(rows, k, index->search, places, distances);
  else if (index->ivf)
    index->ivf->search_batch(
        rows, queries.count, k, index->search, places, distances, std::nullopt, 1);
  else if (queries.count == 1)
    index->graph->search(rows, request->k, places, distances);
  else
    index->graph->search_batch(rows, queries.count, request->k, places, distances, 1);
  for (uint64_t query = 0; query < queries.count; query++) {
    for (size_t rank = 0; rank < k; rank++) {
      const PID place = places[query * k + rank];
      if (place == rabitqlib::kPidMax) break;
      answers[query].ids[answers[query].found++] = index->ids[place];
    }
  }
}

const char *search(
    const rb_index *index, rb_scratch *scratch, const float *query, const rb_request *request, rb_answer *answer) {
  return recallbench::guarded([&] { search_all(index, scratch, rb_vectors{query, 1}, request, answer); });
}

const char *search_batch(
    const rb_index *index, rb_scratch *scratch, rb_vectors queries, const rb_request *request, rb_answer *answers) {
  return recallbench::guarded([&] { search_all(index, scratch, queries, request, answers); });
}

template <typename Add>
rb_kind make_kind(rb_kind kind, Add add) {
  kind.create = create;
  kind.destroy = destroy;
  kind.add = add;
  kind.set = set;
  kind.make_scratch = make_scratch;
  kind.free_scratch = free_scratch;
  kind.search = search;
  kind.search_batch = search_batch;
  return kind;
}

const rb_kind ivf =
    make_kind(recallbench::kind_named("ivf", "inverted lists of RaBitQ codes", ivf_parameters), add_ivf);
const rb_kind symqg = make_kind(
    recallbench::kind_named("symqg", "SymphonyQG, a graph with quantised neighbours", symqg_parameters), add_symqg);
const rb_kind *const kinds[] = {&ivf, &symqg};
const rb_library library = {RB_ABI_VERSION, sizeof(rb_library), "rabitqlib", LIBRARY_WITH_INSTRUCTIONS, 2, kinds};

}  // namespace

extern "C" const rb_library *recallbench_library(void) { return &library; }
