import Bench
import Foundation
import Testing

@testable import Reports

@Suite struct CSVExporterTests {
  /// The fields of a line, as a reader that knows RFC 4180 takes it apart.
  private func fields(_ line: String) -> [String] {
    var fields = [""]
    var isQuoted = false
    for character in line.dropLast() {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
    }
    return fields
  }

  private func row(_ measurement: CellMeasurement) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: zip(Figure.all.map(\.column), fields(CSVExporter.row(measurement))))
  }

  @Test func theFirstColumnsAreThoseOfAnnBenchmarksInItsOrder() {
    #expect(
      CSVExporter.header.hasPrefix(
        "algorithm,parameters,count,k-nn,epsilon,largeepsilon,rel,qps,p50,p95,p99,p999,distcomps,build,"
          + "candidates,indexsize,queriessize,dataset,k,index,"))
  }

  @Test func everyRowHasAFieldForEveryColumnOfADifferentName() throws {
    #expect(fields(CSVExporter.row(try .fixture())).count == Figure.all.count)
    #expect(Set(Figure.all.map(\.column)).count == Figure.all.count)
  }

  @Test func unitsAreThoseOfAnnBenchmarks() throws {
    let row = row(try .fixture())
    #expect(row["p50"] == "1.5" && row["p999"] == "4.5")
    #expect(row["build"] == "1.75")
    #expect(row["indexsize"] == "2.0" && row["queriessize"] == "0.004")
    #expect(row["k-nn"] == "0.975" && row["rel"] == "0.125" && row["count"] == "10")
  }

  @Test func ourColumnsSayHowItWasMeasured() throws {
    let row = row(try .fixture())
    #expect(row["index"] == "ivf-flat" && row["metric"] == "euclidean" && row["mode"] == "single")
    #expect(row["build_parameters"] == "nlist=256" && row["search_parameters"] == "nprobe=4")
    #expect(row["duplicates"] == "3" && row["out_of_range"] == "7" && row["rel_k"] == "1.25")
    #expect(row["qps_min"] == "400.0" && row["qps_max"] == "600.0")
    #expect(row["index_bytes"] == "2048" && row["rss_bytes"] == "4096")
    #expect(row["seed"] == "16045690984503111693" && row["commit"] == "abc1234-dirty")
    #expect(row["timestamp"] == "1970-01-01T00:00:00Z")
  }

  @Test func columnsOfTrustFollowTheOlderOnes() throws {
    let names = Figure.all.map(\.column)
    #expect(names[50] == "timestamp" && names[51] == "recall_low")
    let row = row(try .fixture())
    #expect(row["recall_low"] == "0.96" && row["qps_high"] == "550.0" && row["p99_low"] == "3.0")
    #expect(row["qps_mad"] == "12.5" && row["unstable"] == "2" && row["warmup_queries"] == "1500")
    #expect(row["noise"] == "5.0 % of the processor time went to other machines" && row["peak_bytes"] == "4096")
    #expect(row["builds"] == "1" && row["dataset_sha256"]?.count == 64)
  }

  @Test func aRowTellsOfTheProgramThatMeasured() throws {
    var measurement = try CellMeasurement.fixture()
    measurement.provenance.version = "9.9"
    measurement.provenance.simd = "abacus"
    measurement.variant = "mine"
    let row = row(measurement)
    #expect(row["version"] == "9.9" && row["simd"] == "abacus" && row["algorithm"] == "recallbench-mine")
  }

  @Test func anUnknownResidentSizeIsEmpty() throws {
    #expect(row(try .fixture(residentBytes: nil))["rss_bytes"] == "")
  }

  @Test func fieldsAreQuotedWhereTheyMustBe() {
    #expect(CSVExporter.line(["a b", "c,d", "e\"f", "g\nh", ""]) == "a b,\"c,d\",\"e\"\"f\",\"g\nh\",\r\n")
  }
}
