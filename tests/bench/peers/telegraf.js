// /ping TEXT is answered "pong TEXT", with a connection that is kept.
const { Telegraf } = require("telegraf");
const http = require("http");
const bot = new Telegraf(process.env.TOKEN, { telegram: {
  apiRoot: process.env.API, agent: new http.Agent({ keepAlive: true }) } });
bot.command("ping", (ctx) => ctx.reply("pong " + ctx.message.text.slice(6)));
bot.catch((error) => console.error(error.message));
bot.launch();
