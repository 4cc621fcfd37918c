import Testing

@testable import Bench
@testable import Reports

@Suite struct RawAnswersExporterTests {
  @Test func oneLineAnAnswerWithTheHarnesssOwnDistance() throws {
    let answers = JudgedAnswers(
      k: 2, ids: [7, 9, 7, 0], distances: [0.1, .infinity, 1.5, .infinity],
      verdicts: [.valid, .outOfRange, .valid, .missing])
    #expect(
      RawAnswersExporter.text(answers)
        == "query,rank,id,distance\r\n0,0,7,0.1\r\n0,1,9,inf\r\n1,0,7,1.5\r\n")
  }

  @Test func cellsHaveFilesOfTheirOwn() throws {
    #expect(RawAnswersExporter.name(for: try .fixture(nprobe: 4)) == "photos.ivf-flat.nlist=256.nprobe=4.csv")
    #expect(
      RawAnswersExporter.name(for: try .fixture(nprobe: 4)) != RawAnswersExporter.name(for: try .fixture(nprobe: 8)))
  }
}
