// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/convert/transcode.h"

#include "media/input/completeness.h"
#include "media/convert/conversion.h"
#include "media/libav/log_capture.h"

#include <algorithm>
#include <optional>

namespace hevcpool::media {
namespace {

constexpr double kUsualDamage = 5;  // percent of the frames

// Damage that the decoders conceal is warned about where it is little; data that is missing fails the job, unless the
// caller says how much may be missing.
class DamagePolicy {
 public:
  DamagePolicy(const EncodeOptions& options, Diagnostics& notes)
      : limit_(options.max_errors), share_(options.max_damage), notes_(notes) {}

  Expected<void> before(const Source& source, const Inspection& inspection) {
    promised_ = static_cast<std::int64_t>(inspection.frames);
    const auto missing = missing_by_index(source.format());
    return missing ? lost("truncated", *missing) : Expected<void>{};
  }

  Expected<void> after(const Source& source, const Conversion& conversion) {
    const SourceDamage& damage = source.damage();
    const std::int64_t errors = conversion.decode_errors();
    if (errors > 0) notes_.warn("damaged_frames", "decoding errors in the picture, concealed or passed over", errors);
    if (damage.corrupt_packets > 0)
      notes_.warn("damaged_file", fmt::format("damaged packets, the first at {:.3f} s", damage.first_error),
                  damage.corrupt_packets);
    if (damage.lost_places > 0) HEVCPOOL_CHECK(after_loss(source));
    if (conversion.read_everything()) HEVCPOOL_CHECK(after_early_end(source));
    if (limit_ >= 0 && conversion.harmed_frames() + damage.corrupt_packets + lost_ > limit_)
      return fail("decode", "too_many_errors", fmt::format("more than {} errors", limit_));
    return check_share(conversion.frame_damage());
  }

  // Percent of the frames, those before the first clean one among them.
  double damage(const Conversion& conversion) const {
    FrameDamage found = with_missing(conversion.frame_damage());
    found.harmed += found.before_clean;
    return percent(found);
  }
  bool is_incomplete(const Inspection& inspection) const {
    return lost_ > 0 || std::ranges::any_of(inspection.streams, &StreamPlan::encrypted);
  }

 private:
  static double percent(const FrameDamage& damage) {
    return damage.harmed == 0 ? 0 : 100 * static_cast<double>(damage.harmed) /
                                        static_cast<double>(std::max(damage.frames, damage.harmed));
  }

  // Where data is missing: what the container says that there is, less what came.
  FrameDamage with_missing(FrameDamage damage) const {
    const std::int64_t missing = lost_ > 0 ? std::max<std::int64_t>(0, promised_ - damage.frames) : 0;
    damage.harmed += missing;
    damage.frames += missing;
    return damage;
  }

  Expected<void> check_share(const FrameDamage& found) const {
    const FrameDamage damage = with_missing(found);
    const double most = share_.value_or(kUsualDamage);
    if (limit_ != -1 || percent(damage) <= most) return {};
    return fail("decode", "too_much_damage",
                fmt::format("{} of {} frames are damaged or missing ({:.1f} %), and {} % are allowed", damage.harmed,
                            damage.frames, percent(damage), most));
  }

  Expected<void> after_loss(const Source& source) {
    const SourceDamage& damage = source.damage();
    const std::string message =
        fmt::format("the file is damaged where its structure should be, at {} place(s), the first after {:.3f} s", damage.lost_places,
                    damage.first_error);
    if (!is_recording(source.format())) return lost("damaged", message, damage.lost_places);
    notes_.warn("damaged_file", message);
    return {};
  }

  Expected<void> after_early_end(const Source& source) {
    const auto missing = missing_by_duration(source.format(), source.end());
    if (!missing) return {};
    if (!is_recording(source.format())) return lost("truncated", *missing);
    notes_.warn("shorter", *missing);
    return {};
  }

  Expected<void> lost(std::string_view code, const std::string& message, std::int64_t places = 1) {
    if (limit_ == -1 && !share_) return fail("demux", code, message);
    lost_ += places;
    notes_.warn(code, message);
    return {};
  }

  std::int64_t limit_;
  std::optional<double> share_;
  std::int64_t lost_ = 0;
  std::int64_t promised_ = 0;  // frames
  Diagnostics& notes_;
};

}  // namespace

Expected<TranscodeReport> transcode(const TranscodeRequest& request) {
  const LogCapture log;
  Diagnostics notes;
  HEVCPOOL_ASSIGN(auto source, open_source(request.source, request.name));
  TranscodeReport report;
  HEVCPOOL_ASSIGN(report.inspection, plan_conversion(*source, request.options, notes));
  DamagePolicy policy(request.options, notes);
  HEVCPOOL_CHECK(policy.before(*source, report.inspection));
  if (request.options.two_pass) {
    Diagnostics unheard;  // the second pass says the same
    HEVCPOOL_CHECK(Conversion(request, *source, report.inspection, 1, unheard).run());
    HEVCPOOL_ASSIGN(source, open_source(request.source, request.name));
  }
  Conversion conversion(request, *source, report.inspection, request.options.two_pass ? 2 : 0, notes);
  HEVCPOOL_CHECK(conversion.run());
  HEVCPOOL_CHECK(policy.after(*source, conversion));
  report.outputs = conversion.outputs();
  report.frames = conversion.frames();
  report.duration = conversion.output().duration();
  report.bytes_out = conversion.output().bytes();
  report.damage = policy.damage(conversion);
  report.incomplete = policy.is_incomplete(report.inspection);
  report.warnings = notes.warnings();
  return report;
}

}  // namespace hevcpool::media
