/**
 * Everything that a browser loads, by its path: the dashboard's own files, the library files that they import, and what
 * they share with programs elsewhere. As text: they come with the program, and need no permission to be read.
 *
 * @module
 */
import preact from "preact" with { type: "text" };
import preactHooks from "preact/hooks" with { type: "text" };
import signals from "@preact/signals" with { type: "text" };
import signalsCore from "@preact/signals-core" with { type: "text" };
import htm from "htm" with { type: "text" };
import htmPreact from "htm/preact" with { type: "text" };
import uPlotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
import uPlotJs from "uplot/dist/uPlot.esm.js" with { type: "text" };

import abortable from "../lib/async/abortable.ts" with { type: "text" };
import clock from "../lib/async/clock.ts" with { type: "text" };
import deadline from "../lib/async/deadline.ts" with { type: "text" };
import delay from "../lib/async/delay.ts" with { type: "text" };
import endpoint from "../lib/client/endpoint.ts" with { type: "text" };
import request from "../lib/client/request.ts" with { type: "text" };
import serverApi from "../lib/client/server_api.ts" with { type: "text" };
import serverError from "../lib/client/server_error.ts" with { type: "text" };
import errors from "../lib/errors.ts" with { type: "text" };

import app from "./app.ts" with { type: "text" };
import bench from "./bench.ts" with { type: "text" };
import actionBar from "./devices/action_bar.ts" with { type: "text" };
import deviceActions from "./devices/actions.ts" with { type: "text" };
import addAnew from "./devices/add_anew.ts" with { type: "text" };
import addDevice from "./devices/add_device.ts" with { type: "text" };
import deviceAdvice from "./devices/advice.ts" with { type: "text" };
import callList from "./devices/call_list.ts" with { type: "text" };
import deviceCalls from "./devices/calls.ts" with { type: "text" };
import copyButton from "./devices/copy_button.ts" with { type: "text" };
import devicePage from "./devices/device_page.ts" with { type: "text" };
import deviceRow from "./devices/device_row.ts" with { type: "text" };
import devicesCss from "./devices/devices.css" with { type: "text" };
import devicesPage from "./devices/devices_page.ts" with { type: "text" };
import deviceDialog from "./devices/dialog.ts" with { type: "text" };
import doings from "./devices/doings.ts" with { type: "text" };
import driverCard from "./devices/driver_card.ts" with { type: "text" };
import driverOf from "./devices/driver_of.ts" with { type: "text" };
import driversPage from "./devices/drivers_page.ts" with { type: "text" };
import deviceFacts from "./devices/facts.ts" with { type: "text" };
import lastError from "./devices/last_error.ts" with { type: "text" };
import deviceLive from "./devices/live.ts" with { type: "text" };
import deviceMethods from "./devices/methods.ts" with { type: "text" };
import perDevice from "./devices/per_device.ts" with { type: "text" };
import devicePermissions from "./devices/permissions.ts" with { type: "text" };
import programLines from "./devices/program_lines.ts" with { type: "text" };
import removeDialog from "./devices/remove_dialog.ts" with { type: "text" };
import deviceResult from "./devices/result.ts" with { type: "text" };
import shortJson from "./devices/short_json.ts" with { type: "text" };
import signature from "./devices/signature.ts" with { type: "text" };
import startDialog from "./devices/start_dialog.ts" with { type: "text" };
import deviceState from "./devices/state.ts" with { type: "text" };
import stateNews from "./devices/state_news.ts" with { type: "text" };
import stateWords from "./devices/state_words.ts" with { type: "text" };
import whereInFile from "./devices/where_in_file.ts" with { type: "text" };
import formControls from "./form/controls.ts" with { type: "text" };
import formDraft from "./form/draft.ts" with { type: "text" };
import formField from "./form/field.ts" with { type: "text" };
import fieldView from "./form/field_view.ts" with { type: "text" };
import formCss from "./form/form.css" with { type: "text" };
import formOf from "./form/form_of.ts" with { type: "text" };
import formHint from "./form/hint.ts" with { type: "text" };
import formIssues from "./form/issues.ts" with { type: "text" };
import formResolve from "./form/resolve.ts" with { type: "text" };
import schemaForm from "./form/schema_form.ts" with { type: "text" };
import formValue from "./form/value.ts" with { type: "text" };
import index from "./index.html" with { type: "text" };
import main from "./main.ts" with { type: "text" };
import plotsCss from "./plots/plots.css" with { type: "text" };
import plotsBands from "./plots/bands.ts" with { type: "text" };
import plotsChannelChoice from "./plots/channel_choice.ts" with { type: "text" };
import plotsChannels from "./plots/channels.ts" with { type: "text" };
import plotsChart from "./plots/chart.ts" with { type: "text" };
import plotsChoice from "./plots/choice.ts" with { type: "text" };
import plotsCondition from "./plots/condition.ts" with { type: "text" };
import plotsConnection from "./plots/connection.ts" with { type: "text" };
import plotsCsv from "./plots/csv.ts" with { type: "text" };
import plotsDownload from "./plots/download.ts" with { type: "text" };
import plotsDrawBands from "./plots/draw_bands.ts" with { type: "text" };
import plotsDrawLine from "./plots/draw_line.ts" with { type: "text" };
import plotsFeed from "./plots/feed.ts" with { type: "text" };
import plotsFrames from "./plots/frames.ts" with { type: "text" };
import plotsHoleList from "./plots/hole_list.ts" with { type: "text" };
import plotsHoleWords from "./plots/hole_words.ts" with { type: "text" };
import plotsHoles from "./plots/holes.ts" with { type: "text" };
import plotsLegend from "./plots/legend.ts" with { type: "text" };
import plotsMaxRate from "./plots/max_rate.ts" with { type: "text" };
import plotsPalette from "./plots/palette.ts" with { type: "text" };
import plotsPen from "./plots/pen.ts" with { type: "text" };
import plotCard from "./plots/plot_card.ts" with { type: "text" };
import plots from "./plots/plots.ts" with { type: "text" };
import plotsPage from "./plots/plots_page.ts" with { type: "text" };
import plotsSchema from "./plots/schema.ts" with { type: "text" };
import plotsSession from "./plots/session.ts" with { type: "text" };
import plotsSteadyClock from "./plots/steady_clock.ts" with { type: "text" };
import plotsTimeAxis from "./plots/time_axis.ts" with { type: "text" };
import plotsTimePlot from "./plots/time_plot.ts" with { type: "text" };
import plotsTimestamps from "./plots/timestamps.ts" with { type: "text" };
import plotsToolbar from "./plots/toolbar.ts" with { type: "text" };
import plotsTrace from "./plots/trace.ts" with { type: "text" };
import plotsView from "./plots/view.ts" with { type: "text" };
import plotsWaveformPlot from "./plots/waveform_plot.ts" with { type: "text" };
import plotsWordsCard from "./plots/words_card.ts" with { type: "text" };
import rates from "./rates.ts" with { type: "text" };
import route from "./route.ts" with { type: "text" };
import style from "./style.css" with { type: "text" };
import words from "./words.ts" with { type: "text" };

/** The page that a browser gets at `/`. */
export const INDEX: string = index;

/** What it loads. TypeScript is served without its types. */
export const FILES: Readonly<Record<string, string>> = {
  "/assets/preact.js": preact,
  "/assets/preact-hooks.js": preactHooks,
  "/assets/signals.js": signals,
  "/assets/signals-core.js": signalsCore,
  "/assets/htm.js": htm,
  "/assets/htm-preact.js": htmPreact,
  "/assets/uPlot.esm.js": uPlotJs,
  "/assets/uPlot.min.css": uPlotCss,

  "/lib/async/abortable.ts": abortable,
  "/lib/async/clock.ts": clock,
  "/lib/async/deadline.ts": deadline,
  "/lib/async/delay.ts": delay,
  "/lib/client/endpoint.ts": endpoint,
  "/lib/client/request.ts": request,
  "/lib/client/server_api.ts": serverApi,
  "/lib/client/server_error.ts": serverError,
  "/lib/errors.ts": errors,

  "/web/app.ts": app,
  "/web/bench.ts": bench,
  "/web/devices/action_bar.ts": actionBar,
  "/web/devices/actions.ts": deviceActions,
  "/web/devices/add_anew.ts": addAnew,
  "/web/devices/add_device.ts": addDevice,
  "/web/devices/advice.ts": deviceAdvice,
  "/web/devices/call_list.ts": callList,
  "/web/devices/calls.ts": deviceCalls,
  "/web/devices/copy_button.ts": copyButton,
  "/web/devices/device_page.ts": devicePage,
  "/web/devices/device_row.ts": deviceRow,
  "/web/devices/devices.css": devicesCss,
  "/web/devices/devices_page.ts": devicesPage,
  "/web/devices/dialog.ts": deviceDialog,
  "/web/devices/doings.ts": doings,
  "/web/devices/driver_card.ts": driverCard,
  "/web/devices/driver_of.ts": driverOf,
  "/web/devices/drivers_page.ts": driversPage,
  "/web/devices/facts.ts": deviceFacts,
  "/web/devices/last_error.ts": lastError,
  "/web/devices/live.ts": deviceLive,
  "/web/devices/methods.ts": deviceMethods,
  "/web/devices/per_device.ts": perDevice,
  "/web/devices/permissions.ts": devicePermissions,
  "/web/devices/program_lines.ts": programLines,
  "/web/devices/remove_dialog.ts": removeDialog,
  "/web/devices/result.ts": deviceResult,
  "/web/devices/short_json.ts": shortJson,
  "/web/devices/signature.ts": signature,
  "/web/devices/start_dialog.ts": startDialog,
  "/web/devices/state.ts": deviceState,
  "/web/devices/state_news.ts": stateNews,
  "/web/devices/state_words.ts": stateWords,
  "/web/devices/where_in_file.ts": whereInFile,
  "/web/form/controls.ts": formControls,
  "/web/form/draft.ts": formDraft,
  "/web/form/field.ts": formField,
  "/web/form/field_view.ts": fieldView,
  "/web/form/form.css": formCss,
  "/web/form/form_of.ts": formOf,
  "/web/form/hint.ts": formHint,
  "/web/form/issues.ts": formIssues,
  "/web/form/resolve.ts": formResolve,
  "/web/form/schema_form.ts": schemaForm,
  "/web/form/value.ts": formValue,
  "/web/main.ts": main,
  "/web/plots/plots.css": plotsCss,
  "/web/plots/bands.ts": plotsBands,
  "/web/plots/channel_choice.ts": plotsChannelChoice,
  "/web/plots/channels.ts": plotsChannels,
  "/web/plots/chart.ts": plotsChart,
  "/web/plots/choice.ts": plotsChoice,
  "/web/plots/condition.ts": plotsCondition,
  "/web/plots/connection.ts": plotsConnection,
  "/web/plots/csv.ts": plotsCsv,
  "/web/plots/download.ts": plotsDownload,
  "/web/plots/draw_bands.ts": plotsDrawBands,
  "/web/plots/draw_line.ts": plotsDrawLine,
  "/web/plots/feed.ts": plotsFeed,
  "/web/plots/frames.ts": plotsFrames,
  "/web/plots/hole_list.ts": plotsHoleList,
  "/web/plots/hole_words.ts": plotsHoleWords,
  "/web/plots/holes.ts": plotsHoles,
  "/web/plots/legend.ts": plotsLegend,
  "/web/plots/max_rate.ts": plotsMaxRate,
  "/web/plots/palette.ts": plotsPalette,
  "/web/plots/pen.ts": plotsPen,
  "/web/plots/plot_card.ts": plotCard,
  "/web/plots/plots.ts": plots,
  "/web/plots/plots_page.ts": plotsPage,
  "/web/plots/schema.ts": plotsSchema,
  "/web/plots/session.ts": plotsSession,
  "/web/plots/steady_clock.ts": plotsSteadyClock,
  "/web/plots/time_axis.ts": plotsTimeAxis,
  "/web/plots/time_plot.ts": plotsTimePlot,
  "/web/plots/timestamps.ts": plotsTimestamps,
  "/web/plots/toolbar.ts": plotsToolbar,
  "/web/plots/trace.ts": plotsTrace,
  "/web/plots/view.ts": plotsView,
  "/web/plots/waveform_plot.ts": plotsWaveformPlot,
  "/web/plots/words_card.ts": plotsWordsCard,
  "/web/rates.ts": rates,
  "/web/route.ts": route,
  "/web/style.css": style,
  "/web/words.ts": words,
};
