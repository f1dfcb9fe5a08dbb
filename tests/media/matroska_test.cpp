// SPDX-License-Identifier: GPL-2.0-or-later
// What Matroska files say that libav neither reads nor writes: kept from MKV to MKV, in clips as well, and named where the
// output has no place for it.
#include "media/clip/clip.h"
#include "media/converted.h"
#include "media/containers/ebml_library.h"
#include "media/input/input_file.h"
#include "media/containers/matroska_editor.h"
#include "media/containers/matroska_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Kind>
Element make(std::string data) {
  return {.id = id_of<Kind>(), .data = std::move(data), .children = {}};
}
template <class Kind>
Element make(std::vector<Element> children) {
  return {.id = id_of<Kind>(), .data = {}, .children = std::move(children)};
}
template <class Kind>
Element number(std::uint64_t value) {
  return make<Kind>(Element::number_bytes(value));
}

constexpr std::uint64_t kMillisecond = 1000000;

Element atom(std::uint64_t uid, std::uint64_t begin, const std::string& name, std::vector<Element> more = {}) {
  Element made = make<kax::KaxChapterAtom>(std::vector<Element>{
      number<kax::KaxChapterUID>(uid), number<kax::KaxChapterTimeStart>(begin * kMillisecond),
      make<kax::KaxChapterDisplay>(std::vector<Element>{make<kax::KaxChapterString>(name),
                                                        make<kax::KaxChapterLanguage>(std::string("eng"))})});
  for (Element& element : more) made.children.push_back(std::move(element));
  return made;
}

Element tag(std::vector<Element> targets, const std::string& name, const std::string& value) {
  return make<kax::KaxTag>(std::vector<Element>{
      make<kax::KaxTagTargets>(std::move(targets)),
      make<kax::KaxTagSimple>(std::vector<Element>{make<kax::KaxTagName>(name), make<kax::KaxTagString>(value)})});
}

std::vector<Element> two_editions() {
  return {make<kax::KaxEditionEntry>(std::vector<Element>{number<kax::KaxEditionUID>(100), atom(1, 0, "a"), atom(2, 500, "b")}),
          make<kax::KaxEditionEntry>(std::vector<Element>{
              number<kax::KaxEditionUID>(200), number<kax::KaxEditionFlagDefault>(1),
              number<kax::KaxEditionFlagOrdered>(1),
              atom(3, 0, "A", {number<kax::KaxChapterTimeEnd>(400 * kMillisecond), atom(4, 200, "A.1")}),
              atom(5, 400, "secret", {number<kax::KaxChapterFlagHidden>(1)}), atom(6, 700, "B")})};
}

constexpr std::uint64_t kSoundUid = 0x123456789abc;

std::vector<Element> tags_of_all_kinds() {
  return {tag({number<kax::KaxTagTargetTypeValue>(70)}, "TITLE", "The series"),
          tag({number<kax::KaxTagTargetTypeValue>(50)}, "DIRECTOR", "Somebody"),
          tag({number<kax::KaxTagChapterUID>(6)}, "TITLE", "Of a chapter"),
          tag({number<kax::KaxTagEditionUID>(100)}, "TITLE", "Of an edition"),
          tag({number<kax::KaxTagTrackUID>(kSoundUid)}, "COMMENT", "Of the sound"),
          tag({number<kax::KaxTagTrackUID>(kSoundUid)}, "BPS", "128000"),
          tag({number<kax::KaxTagTrackUID>(77)}, "COMMENT", "Of a track that is not there")};
}

// A made file, and what is said of it.
struct Described {
  MadeFile made;
  std::vector<Element> editions, tags;
  std::string language;
  std::vector<Element> sound;  // elements of the sound's track

  UniqueFd file() const {
    UniqueFd fd = make_file(made);
    auto editor = MatroskaEditor::open(fd.get());
    EXPECT_TRUE(editor) << editor.error().message;
    editor->editions() = editions;
    editor->tags() = tags;
    Element& track = editor->tracks().at(1);
    track.set_number<kax::KaxTrackUID>(kSoundUid);
    if (!language.empty()) track.set_text<kax::KaxLanguageIETF>(language);
    for (const Element& element : sound) track.children.push_back(element);
    const auto saved = editor->save();
    EXPECT_TRUE(saved) << saved.error().message;
    return fd;
  }
};

Described described() {
  Described spec;
  spec.made.muxer = "matroska";
  spec.made.audios = {MadeAudio{}};
  return spec;
}

EncodeOptions into_container(Container container, bool strict = false) {
  EncodeOptions options = quick();
  options.container = container;
  options.strict = strict;
  return options;
}

MatroskaEditor read(const UniqueFd& fd) { return std::move(*MatroskaEditor::open(fd.get())); }

std::string words(const Element& atom) {
  std::string text;
  if (const Element* display = atom.find<kax::KaxChapterDisplay>()) text = display->text<kax::KaxChapterString>();
  text += fmt::format("@{}", atom.number<kax::KaxChapterTimeStart>().value_or(0) / kMillisecond);
  if (atom.number<kax::KaxChapterFlagHidden>().value_or(0)) text += "!";
  for (const Element& child : atom.children)
    if (child.is<kax::KaxChapterAtom>()) text += "(" + words(child) + ")";
  return text;
}

std::vector<std::string> chapters(const UniqueFd& fd) {
  std::vector<std::string> list;
  for (MatroskaEditor file = read(fd); const Element& edition : file.editions()) {
    std::string text;
    if (edition.number<kax::KaxEditionFlagDefault>().value_or(0)) text += "default ";
    if (edition.number<kax::KaxEditionFlagOrdered>().value_or(0)) text += "ordered ";
    for (const Element& child : edition.children)
      if (child.is<kax::KaxChapterAtom>()) text += words(child) + " ";
    list.push_back(text);
  }
  return list;
}

// "level or number name=value"
std::vector<std::string> tags(const UniqueFd& fd) {
  std::vector<std::string> list;
  for (MatroskaEditor file = read(fd); const Element& each : file.tags()) {
    std::string about;
    if (const Element* targets = each.find<kax::KaxTagTargets>())
      for (const Element& target : targets->children) about += fmt::format("{} ", target.as_number());
    for (const Element& child : each.children)
      if (child.is<kax::KaxTagSimple>())
        list.push_back(about + child.text<kax::KaxTagName>() + "=" + child.text<kax::KaxTagString>());
  }
  return list;
}

TEST(MatroskaTest, KeepsEditionsWithTheirOrderAndWhatIsHiddenOrInside) {
  Described spec = described();
  spec.editions = two_editions();
  const Converted result = convert(spec.file(), into_container(Container::automatic, true));
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(result.report->inspection.container, Container::mkv);
  EXPECT_THAT(chapters(result.target), ElementsAre("a@0 b@500 ", "default ordered A@0(A.1@200) secret@400! B@700 "));
  EXPECT_TRUE(result.verified()) << result.verified().error().message;
}

TEST(MatroskaTest, OtherContainersGetTheDefaultEditionAndTheRestIsNamed) {
  Described spec = described();
  spec.editions = two_editions();
  const Converted result = convert(spec.file(), into_container(Container::mp4));
  ASSERT_TRUE(result.ok()) << result.problem();
  std::vector<std::string> names;
  for (const MadeChapter& chapter : result.after.chapters) names.push_back(chapter.title);
  EXPECT_THAT(names, ElementsAre("A", "B"));
  for (const char* what : {"other editions", "the order", "hidden chapters", "chapters inside chapters"})
    EXPECT_TRUE(result.warned("labels", what)) << what;
  EXPECT_FALSE(convert(spec.file(), into_container(Container::mp4, true)).ok());
}

TEST(MatroskaTest, ARangeTakesItsPartOfTheChapters) {
  Described spec = described();
  spec.editions = two_editions();
  EncodeOptions options = into_container(Container::mkv);
  options.start = 0.48;
  options.duration = 0.16;
  const Converted result = convert(spec.file(), options);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_THAT(chapters(result.target), ElementsAre("a@0 b@20 ", "default ordered secret@0! "));
}

TEST(MatroskaTest, TagsPointToTheSameThingsAgain) {
  Described spec = described();
  spec.editions = two_editions();
  spec.tags = tags_of_all_kinds();
  const Converted result = convert(spec.file(), into_container(Container::mkv, true));
  ASSERT_TRUE(result.ok()) << result.problem();
  const auto found = tags(result.target);
  for (const std::string& wanted : {std::string("70 TITLE=The series"), std::string("50 DIRECTOR=Somebody"),
                                    std::string("6 TITLE=Of a chapter"), std::string("100 TITLE=Of an edition"),
                                    fmt::format("{} COMMENT=Of the sound", kSoundUid)})
    EXPECT_EQ(std::ranges::count(found, wanted), 1) << wanted;
  for (const std::string& each : found) {
    EXPECT_THAT(each, ::testing::Not(HasSubstr("not there")));
    EXPECT_THAT(each, ::testing::Not(HasSubstr("BPS")));
    EXPECT_THAT(each, ::testing::Not(HasSubstr("RESERVED")));
  }
  EXPECT_EQ(read(result.target).tracks().at(1).number<kax::KaxTrackUID>(), kSoundUid);
}

TEST(MatroskaTest, LanguagesKeepTheirRegionOrItIsNamed) {
  Described spec = described();
  spec.language = "pt-BR";
  const Converted kept = convert(spec.file(), into_container(Container::automatic, true));
  ASSERT_TRUE(kept.ok()) << kept.problem();
  EXPECT_EQ(read(kept.target).tracks().at(1).text<kax::KaxLanguageIETF>(), "pt-BR");
  EXPECT_TRUE(convert(spec.file(), into_container(Container::mp4)).warned("labels", "its language pt-BR"));
  spec.language = "pt";
  EXPECT_EQ(convert(spec.file(), into_container(Container::automatic, true)).report->inspection.container, Container::mp4);
}

TEST(MatroskaTest, ATrackThatIsOffStaysOff) {
  Described spec = described();
  spec.sound = {number<kax::KaxTrackFlagEnabled>(0)};
  const Converted result = convert(spec.file(), into_container(Container::automatic, true));
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(read(result.target).tracks().at(1).number<kax::KaxTrackFlagEnabled>(), 0u);
}

TEST(MatroskaTest, AttachedFilesKeepTheirNumbers) {
  Described spec = described();
  spec.made.attachments = {{"same.ttf", "font/ttf", "one"}, {"same.ttf", "font/ttf", "two"}};
  const UniqueFd source = spec.file();
  {
    MatroskaEditor editor = read(source);
    editor.attachments().at(0).file.set_number<kax::KaxFileUID>(5555);
    editor.attachments().at(1).file.set_number<kax::KaxFileUID>(6666);
    editor.tags() = {tag({number<kax::KaxTagAttachmentUID>(6666)}, "TITLE", "The second")};
    ASSERT_TRUE(editor.save());
  }
  Converted result = convert(memory_file(content(source.get())), into_container(Container::mkv, true));
  ASSERT_TRUE(result.ok()) << result.problem();
  MatroskaEditor after = read(result.target);
  ASSERT_EQ(after.attachments().size(), 2u);
  EXPECT_EQ(after.attachments()[1].file.number<kax::KaxFileUID>(), 6666u);
  EXPECT_EQ(std::ranges::count(tags(result.target), "6666 TITLE=The second"), 1);
  EXPECT_EQ(result.after.of("attachment").at(1)->extradata, "two");
}

TEST(MatroskaTest, ACopiedClipKeepsWhatItCovers) {
  Described spec = described();
  spec.editions = two_editions();
  spec.tags = tags_of_all_kinds();
  spec.language = "zh-Hant";
  const UniqueFd source = spec.file(), target = memory_file();
  const auto report = cut_clip({.source = source.get(), .target = target.get(), .name = "a.mkv",
                                .output_name = "b.mkv", .options = {.duration = 0.3}});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(chapters(target), ElementsAre("a@0 ", "default ordered A@0(A.1@200) "));
  MatroskaEditor after = read(target);
  EXPECT_EQ(after.tracks().at(1).text<kax::KaxLanguageIETF>(), "zh-Hant");
  const auto found = tags(target);
  EXPECT_EQ(std::ranges::count(found, "6 TITLE=Of a chapter"), 0);
  EXPECT_EQ(std::ranges::count(found, "100 TITLE=Of an edition"), 1);
}

TEST(MatroskaTest, TheDelayOfTheCodecStaysFromPassToPass) {
  MadeFile made;
  made.muxer = "matroska";
  made.audios = {MadeAudio{.encoder = "libopus"}};
  UniqueFd fd = make_file(made);
  const auto apart = [](const FoundFile& file) {
    return file.of("video").at(0)->packets.at(0).pts - file.of("audio").at(0)->packets.at(0).pts;
  };
  const double before = apart(read_file(fd.get()));
  const auto delay = read(fd).tracks().at(1).number<kax::KaxCodecDelay>();
  for (int pass = 0; pass < 3; ++pass) {
    Converted result = convert(std::move(fd), into_container(Container::mkv, true));
    ASSERT_TRUE(result.ok()) << result.problem();
    EXPECT_NEAR(apart(result.after), before, 0.0015);
    fd = std::move(result.target);
  }
  EXPECT_EQ(read(fd).tracks().at(1).number<kax::KaxCodecDelay>(), delay);
}

Element deep(int levels) {
  Element inner = atom(1, 0, "x");
  for (int n = 0; n < levels; ++n) inner = make<kax::KaxChapterAtom>(std::vector<Element>{std::move(inner)});
  return inner;
}

Expected<std::vector<Element>> parsed(const std::string& bytes, const EbmlLimits& limits = {}) {
  return parse_elements({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, limits);
}

TEST(EbmlTest, RefusesWhatIsTooDeepOrTooMuch) {
  std::string bytes;
  write_element(deep(5), bytes);
  EXPECT_TRUE(parsed(bytes));
  bytes.clear();
  write_element(deep(40), bytes);
  EXPECT_FALSE(parsed(bytes));
  bytes.clear();
  for (int n = 0; n < 11; ++n) write_element(number<kax::KaxChapterUID>(1), bytes);
  EXPECT_TRUE(parsed(bytes, {.elements = 11}));
  EXPECT_FALSE(parsed(bytes, {.elements = 10}));
}

TEST(EbmlTest, RefusesASizeBeyondWhatItIsIn) {
  std::string bytes;
  write_element(atom(1, 500, "name"), bytes);
  ASSERT_TRUE(parsed(bytes));
  for (std::size_t size = 1; size < bytes.size(); ++size) EXPECT_FALSE(parsed(bytes.substr(0, size))) << size;
  bytes[4] = '\xfe';  // the size of the first element inside
  EXPECT_FALSE(parsed(bytes));
}

TEST(EbmlTest, AVoidElementHasEverySizeFromTwoOn) {
  for (std::size_t size = 2; size < 300; ++size) {
    const std::string bytes = void_element(size);
    EXPECT_EQ(bytes.size(), size);
    const auto found = parsed(bytes);
    ASSERT_TRUE(found) << size;
    EXPECT_TRUE(found->empty());
  }
}

// Every damaged file is converted as far as libav reads it, or refused; nothing else happens.
TEST(MatroskaTest, SurvivesDamageToWhatItReads) {
  Described spec = described();
  spec.made.videos.clear();
  spec.made.videos.push_back({.graph = "testsrc2=size=64x64:rate=5:duration=1"});
  spec.editions = two_editions();
  spec.tags = tags_of_all_kinds();
  const std::string whole = content(spec.file().get());
  std::mt19937 random(7);
  for (int run = 0; run < 400; ++run) {
    std::string bytes = whole;
    for (int n = 0; n < 4; ++n) bytes[40 + random() % 3000] = static_cast<char>(random());
    const UniqueFd fd = memory_file(bytes);
    if (auto editor = MatroskaEditor::open(fd.get())) static_cast<void>(editor->save());
    static_cast<void>(InputFile::open_header(fd.get(), "a.mkv"));
  }
}

TEST(PixelCropTest, TurnsWithThePicture) {
  const auto borders = [](const char* filters) {
    const PixelCrop crop = turned({1, 2, 3, 4}, filters);
    return std::array{crop.top, crop.bottom, crop.left, crop.right};
  };
  using Borders = std::array<std::uint64_t, 4>;
  EXPECT_EQ(borders(""), (Borders{1, 2, 3, 4}));
  EXPECT_EQ(borders("hflip,vflip"), (Borders{2, 1, 4, 3}));
  EXPECT_EQ(borders("transpose=clock"), (Borders{3, 4, 2, 1}));
  EXPECT_EQ(borders("transpose=cclock"), (Borders{4, 3, 1, 2}));
  EXPECT_EQ(borders("transpose=clock,transpose=clock,transpose=clock"), borders("transpose=cclock"));
  EXPECT_EQ(borders("transpose=clock,vflip"), borders("transpose=clock_flip"));
  EXPECT_EQ(borders("transpose=cclock,vflip"), borders("transpose=cclock_flip"));
}

}  // namespace
}  // namespace hevcpool::media::testing
