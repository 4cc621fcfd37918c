import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Datasets

private let python = TestPython.path(importing: "numpy", "h5py")

/// Files as VIBE's `write_output` makes them, by h5py.
@Suite(.enabled(if: python != nil, "needs a Python with numpy and h5py: make deps")) struct VIBETests {
  private let folder = TemporaryFolder()

  /// - Parameter metric: how VIBE spells it.
  private func write(_ name: String, metric: String, pointType: String, distances: String) throws {
    try TestPython.run(
      """
      import numpy, h5py
      random = numpy.random.default_rng(1)
      train, test, learn = (random.normal(size=(n, 24)).astype('f4') for n in (50, 5, 7))
      unit = lambda a: a / numpy.linalg.norm(a, axis=1)[:, None]
      if '\(metric)' == 'normalized': train, test, learn = map(unit, (train, test, learn))
      if '\(pointType)' == 'binary': train, test = ((numpy.packbits(a > 0).reshape(len(a), -1)) for a in (train, test))
      if '\(pointType)' == 'int8': train, test, learn = (numpy.rint(a * 40).astype('i1') for a in (train, test, learn))
      bits = lambda a: numpy.unpackbits(a, axis=1).astype('i4')
      d = \(distances)
      order = numpy.argsort(d, axis=1, kind='stable')[:, :10]
      with h5py.File('\(name).hdf5', 'w') as f:
        f.attrs['distance'], f.attrs['dimension'], f.attrs['point_type'] = '\(metric)', 24, '\(pointType)'
        f['train'], f['test'], f['neighbors'] = train, test, order
        f['distances'] = numpy.take_along_axis(d, order, 1).astype(float)
        f['avg_distances'] = d.mean(1)
        if '\(pointType)' == 'float': f['learn'], f['learn_neighbors'] = learn, numpy.zeros((7, 10), 'u4')
      """, with: try #require(python), in: folder.path)
  }

  private static let cosine = "1 - unit(test.astype('f4')) @ unit(train.astype('f4')).T"

  @Test(arguments: [
    ("normalized", "float", Metric.angular, "numpy.clip(1 - test @ train.T, 0, 2)"),
    ("cosine", "float", .angular, cosine), ("cosine", "int8", .angular, cosine),
    ("ip", "float", .dot, "-test @ train.T"),
    ("euclidean", "float", .euclidean, "numpy.linalg.norm(test[:, None] - train[None], axis=2)"),
    ("hamming", "binary", .hamming, "(bits(test)[:, None] != bits(train)[None]).sum(2)"),
  ])
  func everyMetricIsItsOwn(_ spelling: String, _ pointType: String, _ metric: Metric, _ distances: String) throws {
    try write("set-24-\(spelling)", metric: spelling, pointType: pointType, distances: distances)
    let path = folder.file("set-24-\(spelling).hdf5")
    let dataset = try Dataset.load(path: path)
    #expect(dataset.metric == metric && dataset.train.columns == 24 && dataset.train.rows == 50)
    // Every distance and every place is held against the vectors.
    let preflight = try Preflight(path: path)
    #expect(preflight.failures == 0, "\(preflight.findings)")
    #expect(dataset.learn?.rows == (pointType == "float" ? 7 : nil))
  }

  @Test func whatIsToLearnFromIsKept() throws {
    try write("set-24-normalized", metric: "normalized", pointType: "float", distances: "1 - test @ train.T")
    let path = folder.file("set-24-normalized.hdf5")
    let learn = try #require(try Dataset.load(path: path).learn?.matrix())
    #expect(learn.rows == 7 && learn.columns == 24)
    for target in ["copy.hdf5", "copy.yml"] {
      try DatasetConversion(from: path, to: folder.file(target)).run()
      let copy = try #require(try Dataset.load(path: folder.file(target)).learn?.matrix())
      #expect(Array(copy.floats) == Array(learn.floats), "\(target)")
    }
  }
}
